// Missing rights: telling the refusal of a right from that of an object. Admission answers 403 as well, for instance in a
// namespace that is being deleted; that says nothing about any other pod.

/** Whether the API server's answer to a write means that the program lacks a right, or is not known to it at all. */
export function lacksRight(code: number | undefined, message: string): boolean {
  if (code === 401) return true;
  // The words of the API server's authorization: `User "…" cannot create resource "pods/binding" in API group "" …`.
  return code === 403 && /\bcannot [a-z]+ resource "/.test(message);
}
