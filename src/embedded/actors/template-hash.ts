// TemplateHash: what the names of ReplicaSets and of revisions end in.

import { stableText } from "./objects.ts";

/** Of apimachinery's util/rand: no vowels and nothing that looks like one, so that no name is a word. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * A hash of a pod template in the form of `pod-template-hash`: up to ten characters (util/rand SafeEncodeString).
 * Not the value that the real controller computes: that one depends on how Go prints its own structures.
 */
export function templateHash(template: unknown, collisions: number): string {
  const digits = String(hashOf(stableText(template) + (collisions === 0 ? "" : String(collisions))));
  return Array.from(digits, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]!).join("");
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
