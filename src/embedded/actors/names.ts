// Names: what the real controllers draw by lot or hash is computed here, so that a run names its objects as the last did.

import { stableText } from "./objects.ts";

/** Of apimachinery's util/rand: no vowels and nothing that looks like one, so that no name is a word. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const SUFFIXES = ALPHABET.length ** SUFFIX_LENGTH;
/** Shares no factor with SUFFIXES, so that the first SUFFIXES numbers give different suffixes that look drawn by lot. */
const STRIDE = 5_700_887;
/** apiserver's names.MaxGeneratedNameLength. */
const BASE_MAX = 58;

/** The part of a generated name that is not drawn: cut as the API server cuts it. */
export function baseName(base: string): string {
  return base.slice(0, BASE_MAX);
}

/** Five characters for the `number`th object (0, 1, …) of an owner: different for each number. */
export function suffixOf(ownerUid: string, number: number): string {
  let rest = (hashOf(ownerUid) + (number % SUFFIXES) * STRIDE) % SUFFIXES;
  let text = "";
  for (let i = 0; i < SUFFIX_LENGTH; i++) {
    text += ALPHABET[rest % ALPHABET.length]!;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/**
 * A hash of a pod template in the form of `pod-template-hash`: up to ten characters (util/rand SafeEncodeString).
 * Not the value that the real controller computes: that one depends on how Go prints its own structures.
 */
export function templateHash(template: unknown, collisions: number): string {
  const digits = String(hashOf(stableText(template) + (collisions === 0 ? "" : String(collisions))));
  return Array.from(digits, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]!).join("");
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
