package await

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

const notObserved = "Waiting for its controller to see the change"

// judgeReplicationController wants every replica available. Pods of an older template count: a ReplicationController
// leaves them alone.
func judgeReplicationController(now situation) verdict {
	controller := typed[corev1.ReplicationController](now.object)
	want, have := ptr.Deref(controller.Spec.Replicas, 1), controller.Status.AvailableReplicas
	if !observed(controller, controller.Status.ObservedGeneration) {
		return verdict{progress: notObserved, why: []string{notObserved}}
	}
	if have == want && controller.Status.Replicas == want {
		return verdict{ready: true}
	}
	missing := fmt.Sprintf("%d of %d replicas are available", have, want)
	for _, condition := range controller.Status.Conditions {
		if condition.Type == corev1.ReplicationControllerReplicaFailure && condition.Status == corev1.ConditionTrue {
			missing += fmt.Sprintf(": [%s] %s", condition.Reason, condition.Message)
		}
	}
	return verdict{progress: counting("replicas to become available", have, want), why: []string{missing}}
}

// judgeDeployment wants every pod to be of the present template and available.
func judgeDeployment(now situation) verdict {
	deployment := typed[appsv1.Deployment](now.object)
	status, want := deployment.Status, ptr.Deref(deployment.Spec.Replicas, 1)
	if !observed(deployment, status.ObservedGeneration) {
		return verdict{progress: notObserved, why: []string{notObserved}}
	}
	for _, condition := range status.Conditions {
		if condition.Type == appsv1.DeploymentProgressing && condition.Reason == "ProgressDeadlineExceeded" {
			return verdict{failed: fmt.Sprintf("[%s] %s", condition.Reason, condition.Message)}
		}
	}
	if status.UpdatedReplicas == want && status.Replicas == want && status.AvailableReplicas == want {
		return verdict{ready: true}
	}
	have := min(status.UpdatedReplicas, status.AvailableReplicas)
	return verdict{
		progress: counting("updated replicas to become available", have, want),
		why: []string{fmt.Sprintf("%d of %d replicas are updated, %d are available, %d exist",
			status.UpdatedReplicas, want, status.AvailableReplicas, status.Replicas)},
	}
}

// judgeStatefulSet wants every pod to be of the present template and ready.
func judgeStatefulSet(now situation) verdict {
	set := typed[appsv1.StatefulSet](now.object)
	status, want := set.Status, ptr.Deref(set.Spec.Replicas, 1)
	if !observed(set, status.ObservedGeneration) {
		return verdict{progress: notObserved, why: []string{notObserved}}
	}
	rollsOut := set.Spec.UpdateStrategy.Type != appsv1.OnDeleteStatefulSetStrategyType
	if status.ReadyReplicas == want && (!rollsOut || status.CurrentRevision == status.UpdateRevision) {
		return verdict{ready: true}
	}
	return verdict{
		progress: counting("updated replicas to become ready", min(status.UpdatedReplicas, status.ReadyReplicas), want),
		why: []string{fmt.Sprintf("%d of %d replicas are updated, %d are ready",
			status.UpdatedReplicas, want, status.ReadyReplicas)},
	}
}

// judgeDaemonSet wants a pod of the present template available on every node meant.
func judgeDaemonSet(now situation) verdict {
	set := typed[appsv1.DaemonSet](now.object)
	status := set.Status
	if !observed(set, status.ObservedGeneration) {
		return verdict{progress: notObserved, why: []string{notObserved}}
	}
	want := status.DesiredNumberScheduled
	rollsOut := set.Spec.UpdateStrategy.Type != appsv1.OnDeleteDaemonSetStrategyType
	if status.NumberAvailable == want && (!rollsOut || status.UpdatedNumberScheduled == want) {
		return verdict{ready: true}
	}
	return verdict{
		progress: counting("pods to become available", status.NumberAvailable, want),
		why: []string{fmt.Sprintf("%d of %d pods are updated, %d are available",
			status.UpdatedNumberScheduled, want, status.NumberAvailable)},
	}
}

// judgePod wants a pod that is ready or has done its work.
func judgePod(now situation) verdict {
	pod := typed[corev1.Pod](now.object)
	if pod.Status.Phase == corev1.PodSucceeded {
		return verdict{ready: true}
	}
	if pod.Status.Phase == corev1.PodFailed {
		return verdict{failed: fmt.Sprintf("the pod failed: %s %s", pod.Status.Reason, pod.Status.Message)}
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return verdict{ready: true}
		}
	}
	return verdict{progress: fmt.Sprintf("Waiting for Pod %q to be ready", pod.Name)}
}
