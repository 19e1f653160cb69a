// How long the steps of a run may take by default, and how long they usually take; both grow with the number of URLs.

/** Number of URLs up to which the shortest default holds. */
const FIRST_URLS = 10;
const SHORTEST_DEFAULT_SECONDS = 300;
const SECONDS_PER_FURTHER_URL = 10;

/** Default of `spec.timeouts.execution` in seconds, for that many target URLs. */
export function defaultExecutionSeconds(urls: number): number {
  return SHORTEST_DEFAULT_SECONDS + SECONDS_PER_FURTHER_URL * Math.max(0, urls - FIRST_URLS);
}

/** The rule of {@link defaultExecutionSeconds}, for descriptions. */
export const DEFAULT_EXECUTION_RULE = `${SHORTEST_DEFAULT_SECONDS}s, and ${SECONDS_PER_FURTHER_URL}s more for each URL beyond ${FIRST_URLS}`;

/**
 * Seconds that a run usually takes, measured on two cores with a model that answers at once: 100 URLs took 244 s, one URL 20 s.
 */
export function usualExecutionSeconds(urls: number): number {
  return Math.ceil(18 + 2.3 * urls);
}

/** A timeout below the usual time multiplied by this factor gets a warning before it runs out. */
export const TIGHT_FACTOR = 1.5;
