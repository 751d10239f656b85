// Forms of an answer: objects, lists and watch events as they are, as tables, or as metadata alone.

import type { Form } from "./accept.ts";
import { customKindOf } from "./custom-kinds.ts";
import { isObject, objectOf, textOf } from "./json.ts";
import { listBody, type ObjectList } from "./read.ts";
import { bookmarkTable, tableFor, type TableOptions } from "./tables.ts";
import type { ApiObject, Kind, WatchStream } from "./types.ts";

export interface FormOptions {
  readonly form: Form;
  readonly nowMs: number;
  readonly query: URLSearchParams;
}

export function objectBody(kind: Kind, object: ApiObject, options: FormOptions): unknown {
  switch (options.form) {
    case "table": {
      const { resourceVersion = "" } = object.metadata;
      return tableFor(kind, [object], { resourceVersion }, tableOptions(kind, options));
    }
    case "metadata":
      return partial(object);
    case "plain":
    case "aggregated":
      return object;
  }
}

export function listAnswer(list: ObjectList, options: FormOptions): unknown {
  switch (options.form) {
    case "table": {
      const { metadata } = listBody({ ...list, items: [] }) as { metadata: { resourceVersion: string } };
      return tableFor(list.kind, list.items, metadata, tableOptions(list.kind, options));
    }
    case "metadata": {
      const { metadata } = listBody({ ...list, items: [] }) as { metadata: object };
      const items = list.items.map(partial);
      return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items };
    }
    case "plain":
    case "aggregated":
      return listBody(list);
  }
}

/** The same watch with the objects of its events in the form that was asked for. */
export function watchInForm(kind: Kind, stream: WatchStream, options: FormOptions, nowMs: () => number): WatchStream {
  if (options.form !== "table" && options.form !== "metadata") return stream;
  return {
    start: (onEvent, onEnd) => {
      let isFirst = true;
      return stream.start((event) => {
        onEvent(eventInForm(kind, event, { ...options, nowMs: nowMs() }, !isFirst));
        isFirst = false;
      }, onEnd);
    },
  };
}

function eventInForm(kind: Kind, event: unknown, options: FormOptions, noHeaders: boolean): unknown {
  const { type, object } = objectOf(event);
  if (type === "ERROR" || !isObject(object)) return event;
  const stored = object as unknown as ApiObject;
  if (options.form === "metadata") return { type, object: partial(stored) };
  const table = { ...tableOptions(kind, options), noHeaders };
  const resourceVersion = textOf(stored.metadata.resourceVersion);
  if (type === "BOOKMARK") {
    const { annotations } = stored.metadata;
    const metadata = annotations === undefined ? { resourceVersion } : { resourceVersion, annotations };
    return { type, object: bookmarkTable(kind, metadata, table) };
  }
  return { type, object: tableFor(kind, [stored], { resourceVersion }, table) };
}

function tableOptions(kind: Kind, { nowMs, query }: FormOptions): TableOptions {
  const include = query.get("includeObject");
  const custom = customKindOf(kind);
  return {
    nowMs,
    ...(include === "None" || include === "Metadata" || include === "Object" ? { includeObject: include } : {}),
    ...(custom === undefined ? {} : { crdColumns: custom.printerColumns }),
  };
}

function partial({ metadata }: ApiObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
