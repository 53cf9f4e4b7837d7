/** What may be attached, by the part before the slash: no YAML, no scripts of a shell, no HTML. */
const TYPES: Record<string, string> = {
  image: "jpeg png gif svg+xml webp tiff bmp x-portable-graymap x-portable-bitmap x-portable-pixmap",
  text: "plain markdown css javascript xml csv",
  audio: "mpeg wav ogg midi x-midi aac flac x-m4a",
  video: "mp4 mpeg ogg webm quicktime x-msvideo x-ms-wmv",
  font: "ttf otf woff woff2",
  model: "gltf-binary gltf+json",
  application: `pdf rtf json xml x-sql octet-stream msword vnd.ms-excel vnd.ms-powerpoint vnd.visio
    vnd.openxmlformats-officedocument.wordprocessingml.document
    vnd.openxmlformats-officedocument.spreadsheetml.sheet
    vnd.openxmlformats-officedocument.presentationml.presentation
    vnd.oasis.opendocument.text vnd.oasis.opendocument.spreadsheet vnd.oasis.opendocument.presentation
    vnd.oasis.opendocument.graphics vnd.oasis.opendocument.database
    zip gzip x-gzip x-zip x-zip-compressed x-rar x-rar-compressed x-tar x-7z-compressed x-compressed
    x-compressed-tar`,
};

const ALLOWED = new Set(
  Object.entries(TYPES).flatMap(([kind, names]) => names.split(/\s+/).map((name) => `${kind}/${name}`)),
);

export function isAttachmentType(type: unknown): type is string {
  return ALLOWED.has(String(type));
}
