import type { FunctionHandler } from "../plugin.ts";
import { ask, grafanaUrl } from "./api.ts";

interface Folder {
  uid: string;
  title: string;
  parentUid?: string;
  url?: string;
}

/** The function `getFolder`: an existing folder by its title or its uid. */
export const getFolder: FunctionHandler = async ({ title, uid }) => {
  const folders = await ask<Folder[]>("GET", "/api/folders?limit=1000");
  const folder = folders.find((each) => (uid ? each.uid === uid : each.title === title));
  if (!folder) throw new Error(`folder with title ${String(title)} not found`);
  return {
    id: `1:${folder.uid}`,
    orgId: "1",
    title: folder.title,
    uid: folder.uid,
    parentFolderUid: folder.parentUid ?? "",
    url: `${grafanaUrl()}${folder.url ?? ""}`,
  };
};
