import { expect } from "chai";

import { backup, job, succeeded } from "../e2e/support/backups";
import { mysql, onlyPod } from "../e2e/support/cluster";
import { encrypted, npm, up } from "../e2e/support/stack";
import { addressOf, nodes } from "../support/nodes";
import { ObjectStorage, objectStorage } from "../support/objectStorage";
import { Changes } from "../support/stack";

describe("backups to storage that speaks S3", () => {
  const bucket = "backups";
  const prefix = "stacks/test";
  let storage: ObjectStorage;
  let changes: Changes;

  /** The settings with a new access key, which from now on is the only one that the storage lets in. */
  const exchangeKey = async () => {
    const { id, secret } = await storage.exchangeKey();
    changes = { ...changes, backupAccessKey: await encrypted(id), backupSecretKey: await encrypted(secret) };
  };

  before(async () => {
    const server = process.env["MOTO_SERVER"];
    if (server === undefined) {
      throw new Error("MOTO_SERVER is not set: the tests run by `make test-stacks`");
    }
    const [address = ""] = (await nodes()).map(addressOf);
    storage = await objectStorage(server, address, 30_099, bucket);
    changes = {
      backup: { ...backup, storage: { kind: "s3", endpoint: storage.endpoint, bucket, prefix } },
      backupPassword: await encrypted("repository-of-a-test"),
      mysqlBackupPassword: await encrypted("account-of-a-test"),
    };
    await exchangeKey();
    await up(changes);
  });

  after(async () => {
    await up();
    await storage.close();
  });

  it("go there encrypted, and are read from there", async () => {
    const mark = `mark-${Date.now().toString(36)}`;
    await mysql(
      await onlyPod("mysql-master"),
      `CREATE TABLE form.far (v VARCHAR(40)); INSERT INTO form.far VALUES ('${mark}')`,
    );
    const made = await npm("backup", [], changes);
    expect(made.code, made.output).to.equal(0);
    await succeeded("redis-backup");

    const keys = await storage.keys();
    expect(keys).to.include(`${prefix}/config`);
    const data = keys.filter((key) => key.startsWith(`${prefix}/data/`));
    expect(data).not.to.have.length(0);
    for (const key of keys) {
      expect((await storage.read(key)).includes(mark), key).to.equal(false);
    }

    const dump = "export RESTIC_CACHE_DIR=/tmp/restic; restic dump --tag mysql-full latest /mysql.sql";
    expect(await succeeded("mysql-backup", ["bash", "-c", `${dump} | grep --only-matching ${mark}`])).to.include(mark);
  });

  it("go on with the access key that `pulumi up` brings when the former one is refused", async () => {
    await exchangeKey();
    const refused = await job("redis-backup");
    expect(refused.failed, refused.said).to.equal(true);
    expect(refused.said).to.match(/access key/i);

    await up(changes);
    await succeeded("redis-backup");
  });
});
