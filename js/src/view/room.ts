// How much room an element has. To ask the element itself makes the browser lay the page out at once, so it is asked
// only after its size may have changed.

export interface Room {
  readonly width: number;
  readonly height: number;
}

let rooms = new WeakMap<Element, Room>();

export function roomOf(element: Element): Room {
  const known = rooms.get(element);
  if (known) return known;
  const room = { width: element.clientWidth, height: element.clientHeight };
  if (room.width) rooms.set(element, room);
  return room;
}

/** Sizes may have changed: ask again. */
export function forgetRooms(): void {
  rooms = new WeakMap();
}
