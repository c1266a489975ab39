// Pictures of one page that go through time together.

export interface Companion {
  /** How many events the picture stands at. */
  readonly at: number;
  goTo(at: number): void;
}

/** The way to tell the others, and to leave them. */
export interface Company {
  tell(): void;
  leave(): void;
}

const groups = new Map<string, Set<Companion>>();

/** Join the pictures that were asked to stay in step under this name. */
export function join(name: string, self: Companion): Company {
  const group = groups.get(name) ?? new Set();
  groups.set(name, group.add(self));
  return {
    tell: () => {
      for (const other of group) if (other !== self && other.at !== self.at) other.goTo(self.at);
    },
    leave: () => void group.delete(self),
  };
}
