// The keys of a picture: not those of a field that is typed into, nor those of a button that has the focus.

/** Do what a key stands for; the notebook around does not hear of it. */
export function press(event: KeyboardEvent, acts: Readonly<Record<string, () => void>>): void {
  const at = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input, select, textarea")) return;
  if ((event.key === " " || event.key === "Enter") && at.matches("button")) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation(); // or the notebook moves too
  act();
}
