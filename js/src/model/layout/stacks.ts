// Boxes that stand directly below one another are one box to the other stages; edges keep the height of their own part.

const STACK_GAP = 46;

export interface Part {
  readonly id: string;
  /** Size along and across the flow. */
  readonly along: number;
  readonly across: number;
  readonly below?: string | undefined;
}

export interface Box {
  readonly parts: readonly Part[];
  readonly along: number;
  readonly across: number;
  /** How far each part's centre lies from the box's, across the flow. */
  readonly offset: readonly number[];
}

export function stacks(parts: readonly Part[]): Box[] {
  const byId = new Map(parts.map((p) => [p.id, p]));
  const under = new Map<string, Part[]>();
  const heads: Part[] = [];
  for (const p of parts) {
    if (p.below === undefined || !byId.has(p.below) || leadsBack(p, byId)) heads.push(p);
    else under.set(p.below, [...(under.get(p.below) ?? []), p]);
  }
  return heads.map((head) => {
    const list: Part[] = [];
    const todo = [head];
    while (todo.length) {
      const p = todo.shift()!;
      list.push(p);
      todo.unshift(...(under.get(p.id) ?? []));
    }
    const across = list.reduce((sum, p) => sum + p.across, STACK_GAP * (list.length - 1));
    const offset: number[] = [];
    let at = -across / 2;
    for (const p of list) {
      offset.push(at + p.across / 2);
      at += p.across + STACK_GAP;
    }
    return { parts: list, along: Math.max(...list.map((p) => p.along)), across, offset };
  });
}

/** Whether a part stands below itself, by way of others. */
function leadsBack(p: Part, byId: ReadonlyMap<string, Part>): boolean {
  const met = new Set<string>();
  for (let at: Part | undefined = p; at?.below !== undefined; at = byId.get(at.below)) {
    if (met.has(at.id)) return true;
    met.add(at.id);
  }
  return false;
}
