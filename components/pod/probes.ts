import * as k8s from "@pulumi/kubernetes";

type Container = k8s.types.input.core.v1.Container;
type Probe = k8s.types.input.core.v1.Probe;
type Probes = Pick<Container, "startupProbe" | "livenessProbe" | "readinessProbe">;

/** Longest time, in seconds, that a container may take before it is first alive. */
const STARTUP_SECONDS = 600;
const STARTUP_PERIOD_SECONDS = 2;

const startup = (check: Probe): Probe => ({
  ...check,
  periodSeconds: STARTUP_PERIOD_SECONDS,
  failureThreshold: STARTUP_SECONDS / STARTUP_PERIOD_SECONDS,
});
/** Three quarters of a minute of failures: a busy server is not restarted for being slow. */
const liveness = (check: Probe): Probe => ({ ...check, periodSeconds: 15, failureThreshold: 3 });
/** Each probe that runs a command starts a process: more often would cost small nodes more than it tells. */
const readiness = (check: Probe): Probe => ({ ...check, periodSeconds: 5, failureThreshold: 2 });

/** Probes by the image's own `healthcheck startup|live|ready`. */
export const healthcheckProbes = (): Probes => {
  const run = (what: string): Probe => ({ exec: { command: ["healthcheck", what] }, timeoutSeconds: 5 });
  return {
    startupProbe: startup(run("startup")),
    livenessProbe: liveness(run("live")),
    readinessProbe: readiness(run("ready")),
  };
};

/** Probes over HTTP: `live` says that the process answers, `ready` that it can serve. */
export const httpProbes = (port: number, paths: { readonly live: string; readonly ready: string }): Probes => {
  const get = (path: string): Probe => ({ httpGet: { path, port }, timeoutSeconds: 5 });
  return {
    startupProbe: startup(get(paths.live)),
    livenessProbe: liveness(get(paths.live)),
    readinessProbe: readiness(get(paths.ready)),
  };
};
