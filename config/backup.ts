/** Backups: when, how many are kept, and where. */
import { z } from "zod";

import { DEFAULTS } from "../components/defaults";
import { size } from "./quantities";
import { hostPath, json, matching, object, wholeNumber } from "./values";

const MINUTES = String.raw`(\*|[0-9]+(-[0-9]+)?)(/[0-9]+)?(,(\*|[0-9]+(-[0-9]+)?)(/[0-9]+)?)*`;
const CRON = new RegExp(`^${MINUTES}( ${MINUTES}){4}$`);
/** Ten years. */
const KEEP_MAX = 3660;
/** An ISO 8601 time in UTC, with up to six digits of fractions of a second. */
const MOMENT = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;

/** A time as backups can be restored to, also for the command line. */
export const isMoment = (text: string): boolean => MOMENT.test(text) && !Number.isNaN(Date.parse(text));

const cron = () => matching(CRON, "five fields of cron in numbers, in UTC, such as 17 2 * * *");

const storage = () =>
  object({
    /** `volume`: a directory of the node, or a claim where `storage.kind` is claim; `s3`: storage with the protocol of S3. @default volume */
    kind: z.enum(["volume", "s3"], { error: "volume or s3" }).default("volume"),
    /** For a volume in a directory of the node: which. @default /root/k8s/backup */
    path: hostPath().default("/root/k8s/backup"),
    /** For a volume that is claimed: what it asks for. It is ReadWriteMany. @default 20Gi */
    size: size().default("20Gi"),
    /** For s3: address of the service. */
    endpoint: z.url({ protocol: /^https?$/, error: "an http or https URL" }).optional(),
    /** For s3: name of the bucket. */
    bucket: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket").optional(),
    /** For s3: path inside the bucket. @default the bucket itself */
    prefix: matching(/^[\w.-]+(\/[\w.-]+)*$/, "a path such as k8s-web/prod").optional(),
    /** For s3: the region that requests are signed for. @default the service's own default */
    region: matching(/^[a-z0-9-]+$/, "the name of a region").optional(),
  });

export const backup = () =>
  json(
    object({
      /** When full backups are made. @default 17 2 * * *, each night */
      schedule: cron().default(DEFAULTS.backup.schedule),
      /** When binary logs are backed up. What was written since the last time is what a lost cluster costs. @default every five minutes */
      logsSchedule: cron().default(DEFAULTS.backup.logsSchedule),
      /** When Redis is backed up. @default each hour */
      redisSchedule: cron().default(DEFAULTS.backup.redisSchedule),
      /** When uploaded files are backed up. @default each hour */
      uploadsSchedule: cron().default(DEFAULTS.backup.uploadsSchedule),
      /** How many full backups are kept: of so many days, weeks and months the last one each. */
      keep: object({
        daily: wholeNumber(1, KEEP_MAX).default(DEFAULTS.backup.keep.daily),
        weekly: wholeNumber(0, KEEP_MAX).default(DEFAULTS.backup.keep.weekly),
        monthly: wholeNumber(0, KEEP_MAX).default(DEFAULTS.backup.keep.monthly),
        /** Days of which any moment can be restored. @default 7 */
        logsDays: wholeNumber(1, KEEP_MAX).default(DEFAULTS.backup.keep.logsDays),
      }).prefault({}),
      storage: storage().prefault({}),
    }),
  );

/** What `npm run restore` asks for while it runs. */
export const restore = () =>
  json(
    object({
      /** The moment to restore to. @default as far as the backups lead */
      to: z
        .string({ error: "a time" })
        .refine(isMoment, { error: "a time in UTC such as 2026-01-31T12:00:00Z" })
        .optional(),
      /** Namespace of the stack that made the backups. @default this one's */
      from: matching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "the namespace of a stack").optional(),
      /** Another one makes the Jobs run again. */
      request: matching(/^[\w:.-]+$/, "a name without spaces"),
    }),
  );
