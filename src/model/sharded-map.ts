// A frozen map in 256 shards, so that replacing one entry copies one shard and not the whole map.

const SHARDS = 256;

/** Read with `lookUp` and `entriesOf`; replaced with `withChanges`. Plain data: immer freezes it and replay can print it. */
export type ShardedMap<V> = readonly ReadonlyMap<string, V>[];

export function emptyShardedMap<V>(): ShardedMap<V> {
  return Array.from({ length: SHARDS }, () => new Map<string, V>());
}

export function lookUp<V>(map: ShardedMap<V>, key: string): V | undefined {
  return map[shardOf(key)]?.get(key);
}

/** Entries in no particular order: whoever decides by it sorts. */
export function* entriesOf<V>(map: ShardedMap<V>): Generator<readonly [string, V]> {
  for (const shard of map) yield* shard;
}

export function* valuesOf<V>(map: ShardedMap<V>): Generator<V> {
  for (const shard of map) yield* shard.values();
}

export function sizeOf(map: ShardedMap<unknown>): number {
  return map.reduce((sum, shard) => sum + shard.size, 0);
}

/** The map with these entries replaced; `undefined` removes one. Untouched shards are shared. O(changes + touched shards). */
export function withChanges<V>(map: ShardedMap<V>, changes: ReadonlyMap<string, V | undefined>): ShardedMap<V> {
  if (changes.size === 0) return map;
  const copies = new Map<number, Map<string, V>>();
  for (const [key, value] of changes) {
    const index = shardOf(key);
    let shard = copies.get(index);
    if (shard === undefined) copies.set(index, (shard = new Map(map[index])));
    if (value === undefined) shard.delete(key);
    else shard.set(key, value);
  }
  return map.map((shard, index) => copies.get(index) ?? shard);
}

/** FNV-1a over the UTF-16 code units. */
function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (SHARDS - 1);
}
