// StrategicLists: the lists of a strategic merge patch. Items are merged by their key, or as a set where they are no objects;
// then those that the patch names stand in its order, and the others keep their places among them as well as they can.

import { formOf, goText, isList } from "./json-forms.ts";
import { fieldOf, isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { PatchRefused } from "./patch-refused.ts";

type List = readonly unknown[];

export interface ListMerge {
  /** The patch names items of a list of texts or numbers that go. */
  readonly isDeletion: boolean;
  readonly mergeKey: string | undefined;
  readonly mergeItems: (item: JsonObject, changes: JsonObject) => JsonObject;
  /** An item that is new: without nulls and directives. */
  readonly clean: (item: JsonObject) => JsonObject;
}

export function mergedList(original: List, patch: List, merge: ListMerge): List {
  const [first, ...rest] = [...original, ...patch];
  if (first === undefined) return original;
  if (isList(first)) throw new PatchRefused(422, "lists of lists are not supported");
  if (rest.some((item) => formOf(item) !== formOf(first))) {
    throw new PatchRefused(500, `list element types are not identical: ${goText([original, patch])}`);
  }
  const { mergeKey } = merge;
  if (!isObject(first)) {
    if (merge.isDeletion) return original.filter((item) => !patch.includes(item));
    return orderedBy([...new Set([...original, ...patch])], patch, original, undefined);
  }
  if (mergeKey === undefined) throw new PatchRefused(500, "cannot merge lists without merge key for type struct");
  const [kept, changes] = withDirectives(original.filter(isObject), patch.filter(isObject), mergeKey, merge.clean);
  return orderedBy(mergedItems(kept, changes, mergeKey, merge), changes, kept, mergeKey);
}

/** Items in the order of `order`; those that it does not name keep their relative order and their places of `before`. */
export function orderedBy(items: List, order: List, before: List, mergeKey: string | undefined): List {
  const place = (list: List, item: unknown) => list.findIndex((other) => isSame(item, other, mergeKey));
  const byPlaceIn = (list: List) => (a: unknown, b: unknown) => place(list, a) - place(list, b);
  const named = items.filter((item) => 0 <= place(order, item)).toSorted(byPlaceIn(order));
  const others = items.filter((item) => place(order, item) < 0).toSorted(byPlaceIn(before));
  const result: unknown[] = [];
  for (const item of named) {
    const limit = place(before, item);
    while (others[0] !== undefined && place(before, others[0]) < limit && 0 <= place(before, others[0])) {
      result.push(others.shift());
    }
    result.push(item);
  }
  return [...result, ...others];
}

/** Throws where the items of a patch do not stand in the order that its `$setElementOrder` gives; deletions may stand anywhere. */
export function checkPatchOrder(patch: List, order: List, mergeKey: string | undefined): void {
  if (order.length === 0) return;
  let index = 0;
  for (const item of patch) {
    if (isObject(item) && Object.hasOwn(item, "$patch")) continue;
    while (index < order.length && !isSame(item, order[index], mergeKey)) index += 1;
    if (order.length <= index) {
      const message = `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`;
      throw new PatchRefused(500, message);
    }
    index += 1;
  }
}

/** Carries out the items of the patch that are directives: returns the items that stay, and the other items of the patch. */
function withDirectives(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
  clean: ListMerge["clean"],
): readonly [kept: readonly JsonObject[], changes: readonly JsonObject[]] {
  let kept = original;
  let isReplaced = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    const directive = fieldOf(item, "$patch");
    if (directive === undefined) {
      changes.push(item);
    } else if (directive === "delete") {
      const key = keyIn(item, mergeKey);
      kept = kept.filter((other) => fieldOf(other, mergeKey) !== key);
    } else if (directive === "replace") {
      isReplaced = true;
    } else if (directive === "merge") {
      throw new PatchRefused(500, "merging lists cannot yet be specified in the patch");
    } else {
      throw new PatchRefused(500, `unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
    }
  }
  return isReplaced ? [changes.map(clean), []] : [kept, changes];
}

function mergedItems(
  original: readonly JsonObject[],
  changes: readonly JsonObject[],
  mergeKey: string,
  { mergeItems, clean }: ListMerge,
): readonly JsonObject[] {
  const items = original.map((item) => item);
  for (const change of changes) {
    const key = keyIn(change, mergeKey);
    const index = items.findIndex((item) => fieldOf(item, mergeKey) === key);
    const item = items[index];
    if (item === undefined) items.push(clean(change));
    else items[index] = mergeItems(item, change);
  }
  return items;
}

function isSame(item: unknown, other: unknown, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined || !isObject(item) || !isObject(other)) return item === other;
  return keyIn(item, mergeKey) === keyIn(other, mergeKey);
}

function keyIn(item: JsonObject, mergeKey: string): unknown {
  const key = fieldOf(item, mergeKey);
  if (key !== undefined) return key;
  throw new PatchRefused(500, `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
}
