/** How an acquirer is that day. */
export const acquirerStates = ['up', 'slow', 'down'] as const;
export type AcquirerState = (typeof acquirerStates)[number];
