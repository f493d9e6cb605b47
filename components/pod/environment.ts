import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

type EnvVar = k8s.types.input.core.v1.EnvVar;

/** One entry of a Kubernetes Secret: how a secret travels to a pod, instead of as a string. */
export interface SecretHandle {
  /** Name of the Secret. */
  readonly secret: pulumi.Input<string>;
  /** Key of the entry. */
  readonly key: string;
}

/** Where a Service answers. */
export interface Endpoint {
  /** Cluster IP or name. */
  readonly host: pulumi.Input<string>;
  /** Port of the Service. */
  readonly port: number;
}

/** A variable with a plain value. */
export const variable = (name: string, value: pulumi.Input<string>): EnvVar => ({ name, value });

/** A variable that is there if it has a value. */
export const optionalVariable = (name: string, value: pulumi.Input<string> | undefined): EnvVar[] =>
  value === undefined ? [] : [variable(name, value)];

/** A variable whose value the kubelet reads from a Secret. */
export const secretVariable = (name: string, handle: SecretHandle): EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: handle.secret, key: handle.key } },
});

/** A variable with a field of the pod itself. */
export const fieldVariable = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
});

/** The two variables that Kubernetes makes for a Service, e.g. MYSQL_MASTER_SERVICE_HOST and _PORT for mysql-master. */
export const serviceVariables = (service: string, endpoint: Endpoint): EnvVar[] => {
  const prefix = `${service.toUpperCase().replaceAll("-", "_")}_SERVICE`;
  return [variable(`${prefix}_HOST`, endpoint.host), variable(`${prefix}_PORT`, String(endpoint.port))];
};
