// A list that a test goes through, which must have something in it: a loop over nothing would assert nothing, and pass.

/** The items of a list that is found, filtered or computed. Throws where there are none. */
export function nonEmpty<T>(items: Iterable<T>): T[] {
  const list = [...items];
  if (list.length === 0) throw new Error("the list is empty: the test would try nothing");
  return list;
}
