package contract

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// TestOtherKinds takes kinds without a word in the provider through their lives. Whatever the API server adds to an
// object, the same arguments must not differ from it.
func TestOtherKinds(t *testing.T) {
	for token, text := range map[string]string{
		"core/v1:ServiceAccount": `{apiVersion: v1, kind: ServiceAccount, automountServiceAccountToken: false}`,
		"policy/v1:PodDisruptionBudget": `{apiVersion: policy/v1, kind: PodDisruptionBudget,
			spec: {minAvailable: 50%, selector: {matchLabels: {a: b}}}}`,
		"networking.k8s.io/v1:NetworkPolicy": `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,
			spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {a: b}}}], ports: [{port: 3306}, {port: web}]}]}}`,
		"autoscaling/v2:HorizontalPodAutoscaler": `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler,
			spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: v1, kind: ReplicationController, name: web},
			metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}}`,
		"scheduling.k8s.io/v1:PriorityClass": `{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass,
			metadata: {name: $NAMESPACE}, value: 1000, description: of a test}`,
		"networking.k8s.io/v1:Ingress": `{apiVersion: networking.k8s.io/v1, kind: Ingress,
			metadata: {annotations: {pulumi.com/skipAwait: "true"}},
			spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}`,
		"apps/v1:Deployment": `{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1, selector: {matchLabels: {a: d}},
			template: {metadata: {labels: {a: d}}, spec: {terminationGracePeriodSeconds: 0, containers: [
			{name: main, image: $IMAGE, command: [sleep, infinity], resources: {requests: {cpu: 0.001, memory: 1Mi}}}]}}}}`,
		"apps/v1:StatefulSet": `{apiVersion: apps/v1, kind: StatefulSet, spec: {serviceName: x, selector: {matchLabels: {a: s}},
			template: {metadata: {labels: {a: s}}, spec: {terminationGracePeriodSeconds: 0, containers: [
			{name: main, image: $IMAGE, command: [sleep, infinity], volumeMounts: [{name: tmp, mountPath: /tmp}]}],
			volumes: [{name: tmp, emptyDir: {}}]}}}}`,
		"core/v1:Pod": `{apiVersion: v1, kind: Pod, spec: {terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [
			{name: main, image: $IMAGE, command: ["true"]}]}}`,
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			x := start(t, nil).thing(token, "other")
			arguments := properties(t, text)
			if _, err := x.preview(arguments); err != nil {
				t.Errorf("preview: %v", err)
			}
			x.mustCreate(arguments)
			mustBeSame := func(when string) {
				t.Helper()
				if diff := x.diff(arguments); diff.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
					t.Errorf("%s the same arguments differ: %v", when, diff.GetDetailedDiff())
				}
			}
			mustBeSame("after the creation")
			x.mustUpdate(arguments)
			mustBeSame("after an update")
			if found, err := x.refresh(); !found || err != nil {
				t.Fatalf("refresh: %v, %v", found, err)
			}
			mustBeSame("after a refresh")
			if err := x.delete(); err != nil {
				t.Fatalf("delete: %v", err)
			}
			if found, err := x.refresh(); found || err != nil {
				t.Errorf("after the deletion: %v, %v", found, err)
			}
		})
	}
}
