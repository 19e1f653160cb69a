// What people ask back at a gate.

/** The questions that wait for a reply. */
export const openQuestions = <Asked extends { reply?: string }>(questions: readonly Asked[] | undefined): Asked[] =>
  (questions ?? []).filter(({ reply }) => reply === undefined);
