// PatchRefused: why a patch cannot be applied, before it is known which object and resource it was for.

/** 400: the patch itself is wrong. 422: it does not fit the object. 500: the real server has no better word for it either. */
export class PatchRefused extends Error {
  readonly status: 400 | 413 | 422 | 500;

  constructor(status: PatchRefused["status"], message: string) {
    super(message);
    this.name = "PatchRefused";
    this.status = status;
  }
}
