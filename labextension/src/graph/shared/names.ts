/**
 * What shared things are called.
 *
 * Two people who each add a layer at the same moment both call it `conv_2`. Were that the key in the shared map, one of
 * the two layers would be lost. So a new thing gets a key that only this client makes, `conv_2~1a9f`, and the name is
 * worked out from the keys, in every client alike: who comes first in the order of the keys keeps the name, the others
 * get the next free number. `patholearn_lab/collab/names.py` does the same.
 */

const MARK = '~';
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}(~[0-9a-z]{1,16})?$/;
const LONGEST_MARK = 16;
/** Characters of an id. */
const LONGEST = 64;

/** A key that no other client makes for a new thing called `id`, and that is not taken. */
export function newKey(id: string, client: number, isTaken: (key: string) => boolean = () => false): string {
  let digits = client.toString(36);
  // One's own key may be that of a thing which is called otherwise by now. A number never begins with a zero.
  while (isTaken(id + MARK + digits) && digits.length < LONGEST_MARK) {
    digits = `0${digits}`;
  }
  return id + MARK + digits;
}

/** The names of things by key. `settled` are names that were written down, for things that could not keep theirs. */
export function namesOf(
  keys: Iterable<string>,
  settled: (key: string) => string | undefined = () => undefined
): Map<string, string> {
  const wishes = [...keys].sort().map((key): [string, string] => [key, settled(key) ?? wishOf(key)]);
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const late: [string, string][] = [];
  for (const [key, wish] of wishes) {
    if (taken.has(wish)) {
      late.push([key, wish]);
    } else {
      taken.add(wish);
      names.set(key, wish);
    }
  }
  for (const [key, wish] of late) {
    const name = nextFree(wish, taken);
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

/** Whether a text can be a key; what somebody else sent is not trusted. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** The name that a key asks for. */
export function wishOf(key: string): string {
  const end = key.indexOf(MARK);
  return end < 0 ? key : key.slice(0, end);
}

/** `conv_2` → `conv_3`, `data` → `data_2`, `e7` → `e8`: the first that is not taken. */
function nextFree(wish: string, taken: ReadonlySet<string>): string {
  const [, stem = wish, digits] = /^(.*?)(\d{1,9})$/.exec(wish) ?? [wish, `${wish}_`];
  let number = digits === undefined ? 2 : Number(digits) + 1;
  const numbered = (): string => stem.slice(0, LONGEST - String(number).length) + String(number);
  while (taken.has(numbered())) {
    number += 1;
  }
  return numbered();
}
