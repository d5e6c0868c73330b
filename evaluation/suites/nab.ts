/** Anomalies in single series, as they would be seen live: no point is judged by a later one. */
import { loadNab } from '../datasets/nab.ts';
import { detectAnomalies } from '../engine.ts';
import { normalisedNab, scoreNab } from '../scores/nab.ts';
import type { Suite } from './suite.ts';

const published = 'AWS Random Cut Forest 57.3, HTM 74.2, CAD OSE 74.8';

export const nab: Suite = {
  id: 'nab',
  title: 'NAB: anomalies in CloudWatch series, standard profile',
  needs: 'nab',
  async run(folder) {
    const scored = loadNab(folder).map((series) => {
      const detections = detectAnomalies(series.t, series.v);
      return { name: series.name, detections, score: scoreNab(detections, { length: series.t.length, windows: series.windows }) };
    });
    const windows = scored.reduce((total, { score }) => total + score.windows, 0);
    const missed = scored.reduce((total, { score }) => total + score.missed, 0);
    return {
      figures: [
        {
          suite: 'nab',
          title: `normalised score, ${scored.length} series`,
          ours: { value: normalisedNab(scored.map(({ score }) => score)), unit: '' },
          published,
          goal: { compare: 'at least', value: 65 },
        },
        { suite: 'nab', title: 'windows found', ours: { right: windows - missed, of: windows }, published: '', goal: null },
        {
          suite: 'nab',
          title: 'false detections',
          ours: { value: scored.reduce((total, { score }) => total + score.falseDetections, 0), unit: '' },
          published: '',
          goal: null,
        },
      ],
      claims: [],
      misses: scored
        .filter(({ score }) => score.missed + score.falseDetections > 0)
        .map(({ name, score }) => ({
          suite: 'nab',
          case: name,
          expected: `${score.windows} windows`,
          got: `${score.missed} missed, ${score.falseDetections} false, score ${score.raw.toFixed(3)}`,
        })),
      notes: [],
    };
  },
};
