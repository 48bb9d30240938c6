/**
 * The fewest steps that any set of paths must have to cover what is asked: a directed postman with free returns to the start, solved as a
 * circulation of least cost with lower bounds. A bound only; it must never say how to go. Method: successive shortest paths with potentials.
 */

/** A walk goes from edge to edge; it begins at a start edge and may end anywhere. */
export interface PostmanProblem {
  /** How many edges there are. */
  readonly edges: number;
  /** Edges that can follow the start. */
  readonly starts: Iterable<number>;
  /** Which edge can follow which; all of them, also those that need not be covered. */
  readonly pairs: Iterable<readonly [number, number]>;
  /** How often an edge must be taken at least. */
  mustTake(edge: number): number;
  mustFollow(first: number, second: number): boolean;
}

/**
 * A number of steps below which no paths can cover it. For edges that are single steps it is reached by some paths; where several steps count as
 * one edge it may be lower than can be reached.
 * @throws Error when something that must be covered cannot be reached from the start
 */
export function fewestSteps(problem: PostmanProblem): number {
  const home = problem.edges * 2;
  const size = home + 1;
  const tails: number[] = [];
  const heads: number[] = [];
  const costs: number[] = [];
  const arcsOf: number[][] = Array.from({ length: size }, () => []);
  const excess = new Array<number>(size).fill(0);
  let total = 0;
  // Every arc can carry any number; only its opposite is limited, by what has been sent.
  const sent: number[] = [];
  const add = (tail: number, head: number, cost: number, least: number): void => {
    arcsOf[tail]?.push(tails.length * 2);
    arcsOf[head]?.push(tails.length * 2 + 1);
    tails.push(tail);
    heads.push(head);
    costs.push(cost);
    sent.push(0);
    total += cost * least;
    excess[head] = (excess[head] ?? 0) + least;
    excess[tail] = (excess[tail] ?? 0) - least;
  };
  for (let edge = 0; edge < problem.edges; edge += 1) {
    add(edge * 2, edge * 2 + 1, 1, problem.mustTake(edge));
    add(edge * 2 + 1, home, 0, 0);
  }
  for (const edge of problem.starts) add(home, edge * 2, 0, 0);
  for (const [first, second] of problem.pairs) add(first * 2 + 1, second * 2, 0, problem.mustFollow(first, second) ? 1 : 0);

  const price = new Array<number>(size).fill(0);
  const isOpposite = (arc: number) => (arc & 1) === 1;
  const headOf = (arc: number) => (isOpposite(arc) ? tails : heads)[arc >> 1] ?? 0;
  const costOf = (arc: number) => (isOpposite(arc) ? -(costs[arc >> 1] ?? 0) : (costs[arc >> 1] ?? 0));
  const roomOf = (arc: number) => (isOpposite(arc) ? (sent[arc >> 1] ?? 0) : Infinity);
  const reduced = (tail: number, arc: number) => costOf(arc) + (price[tail] ?? 0) - (price[headOf(arc)] ?? 0);

  for (;;) {
    // How far each vertex is from one that has too much: costs are small numbers, so a list for each distance will do.
    const away = new Array<number>(size).fill(Infinity);
    const lists: number[][] = [[]];
    for (let vertex = 0; vertex < size; vertex += 1) {
      if ((excess[vertex] ?? 0) <= 0) continue;
      away[vertex] = 0;
      lists[0]?.push(vertex);
    }
    if (lists[0]?.length === 0) return total;
    let least = Infinity;
    for (let distance = 0; distance < lists.length; distance += 1) {
      for (const vertex of lists[distance] ?? []) {
        if (away[vertex] !== distance) continue;
        if ((excess[vertex] ?? 0) < 0) least = Math.min(least, distance);
        for (const arc of arcsOf[vertex] ?? []) {
          const next = distance + reduced(vertex, arc);
          const head = headOf(arc);
          if (roomOf(arc) === 0 || next >= (away[head] ?? 0)) continue;
          away[head] = next;
          while (lists.length <= next) lists.push([]);
          lists[next]?.push(head);
        }
      }
    }
    if (least === Infinity) throw new Error('paths: something to be covered cannot be reached');
    for (let vertex = 0; vertex < size; vertex += 1) price[vertex] = (price[vertex] ?? 0) + Math.min(away[vertex] ?? 0, least);
    sendAlongFree();
  }

  /** Sends as much as it can along arcs that cost nothing at the present prices, each arc looked at once. */
  function sendAlongFree(): void {
    const place = new Array<number>(size).fill(0);
    const isOn = new Array<boolean>(size).fill(false);
    for (let source = 0; source < size; source += 1) {
      while ((excess[source] ?? 0) > 0) {
        const path = search(source);
        if (!path) break;
        const end = headOf(path.at(-1) ?? 0);
        const amount = Math.min(excess[source] ?? 0, -(excess[end] ?? 0), ...path.map(roomOf));
        for (const arc of path) {
          sent[arc >> 1] = (sent[arc >> 1] ?? 0) + (isOpposite(arc) ? -amount : amount);
          total += amount * costOf(arc);
        }
        excess[source] = (excess[source] ?? 0) - amount;
        excess[end] = (excess[end] ?? 0) + amount;
      }
    }

    function search(source: number): number[] | undefined {
      const path: number[] = [];
      const visited = [source];
      isOn[source] = true;
      let vertex = source;
      let found: number[] | undefined;
      for (;;) {
        if ((excess[vertex] ?? 0) < 0) {
          found = path;
          break;
        }
        const arcs = arcsOf[vertex] ?? [];
        let arc: number | undefined;
        for (; (place[vertex] ?? 0) < arcs.length; place[vertex] = (place[vertex] ?? 0) + 1) {
          const candidate = arcs[place[vertex] ?? 0] ?? 0;
          if (roomOf(candidate) > 0 && reduced(vertex, candidate) === 0 && !isOn[headOf(candidate)]) {
            arc = candidate;
            break;
          }
        }
        if (arc !== undefined) {
          path.push(arc);
          vertex = headOf(arc);
          visited.push(vertex);
          isOn[vertex] = true;
          continue;
        }
        const back = path.pop();
        if (back === undefined) break;
        isOn[vertex] = false;
        vertex = tails[back >> 1] === vertex ? (heads[back >> 1] ?? 0) : (tails[back >> 1] ?? 0);
        place[vertex] = (place[vertex] ?? 0) + 1;
      }
      for (const one of visited) isOn[one] = false;
      return found;
    }
  }
}
