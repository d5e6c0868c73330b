/** Loaded before each test file where a change is judged: properties are tried with the same cases every time; a developer's own run draws new ones. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 20_261_122 });
