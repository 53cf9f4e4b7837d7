/** An answer in S3's own form: status, code and message. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The XML document that S3 clients read. */
  xml(resource: string): string {
    const text = (value: string): string =>
      value.replace(/[<>&]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[c] ?? c);
    return (
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<Error><Code>${this.code}</Code><Message>${text(this.message)}</Message>` +
      `<Resource>${text(resource)}</Resource></Error>`
    );
  }
}

export function accessDenied(message = "Access Denied."): S3Error {
  return new S3Error(403, "AccessDenied", message);
}
