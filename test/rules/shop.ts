// A temporary project with the real kinds, read as the program reads it; knows no rule.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Manifests } from "../../src/contract/declared.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/library/config.ts";
import { type ManifestQuery, readManifests } from "../../src/manifest/read.ts";

export const now = Date.UTC(2026, 10, 20, 11, 0, 0);

export const configText = `apiVersion: cxform/v1
kind: Config
manifests: [declared]
environments:
  local:
    simulator: {}
`;

export interface Shop {
  readonly root: string;
  /** Empties the project and writes these files beside cxform.yaml. */
  fill(files: Readonly<Record<string, string | Uint8Array>>): void;
  read(options?: Partial<ManifestQuery>): Promise<Manifests>;
  remove(): void;
}

/** A project whose manifests lie in `declared`; the caller removes it. */
export function openShop(): Shop {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cxform-shop-")));
  return {
    root,
    fill: (files) => {
      rmSync(root, { recursive: true, force: true });
      for (const [file, content] of Object.entries({ "cxform.yaml": configText, ...files })) {
        const path = join(root, file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
    },
    read: async (options) => {
      const { config } = loadConfig({ cwd: root });
      const environment = config.environments["local"];
      if (environment === undefined) throw new Error("the project has no environment local");
      return await readManifests({ config, environment, kinds, now, secret: () => undefined, ...options });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
