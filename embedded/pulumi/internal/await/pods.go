package await

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// problem is one thing that keeps a pod from being ready.
type problem struct {
	text string
	// container is empty where the pod has not come as far as its containers.
	container string
	// ran is true where the container has written a log; previous, where it did so in its run before the present one.
	ran, previous bool
}

// usual are the reasons that a container waits for in the normal course of things.
var usual = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true}

// podFine is true for pods that explain nothing: they are ready, done or on their way out.
func podFine(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded {
		return true
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// podProblems lists what a pod's own status says.
func podProblems(pod *corev1.Pod) []problem {
	if podFine(pod) {
		return nil
	}
	var problems []problem
	if pod.Status.Phase == corev1.PodFailed && pod.Status.Reason != "" {
		problems = append(problems, podProblem(pod, pod.Status.Reason, pod.Status.Message))
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			problems = append(problems, podProblem(pod, condition.Reason, condition.Message))
		}
	}
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if found, ok := containerProblem(pod, status); ok {
			problems = append(problems, found)
		}
	}
	return problems
}

func podProblem(pod *corev1.Pod, reason, message string) problem {
	return problem{text: fmt.Sprintf("%s%s: %s", podPrefix(pod), reason, message)}
}

func containerProblem(pod *corev1.Pod, status corev1.ContainerStatus) (problem, bool) {
	found := problem{container: status.Name}
	var parts []string
	if waiting := status.State.Waiting; waiting != nil && !usual[waiting.Reason] {
		parts = append(parts, fmt.Sprintf("[%s] %s", waiting.Reason, waiting.Message))
	}
	ended := status.State.Terminated
	if ended == nil {
		ended, found.previous = status.LastTerminationState.Terminated, true
	}
	if ended != nil && ended.ExitCode != 0 && !status.Ready {
		how := fmt.Sprintf("ended with exit code %d (%s) %s", ended.ExitCode, ended.Reason, ended.Message)
		parts = append(parts, strings.TrimSpace(how))
		found.ran = true
	}
	if len(parts) == 0 {
		return problem{}, false
	}
	found.text = fmt.Sprintf("%scontainer %s %s", podPrefix(pod), quoted(status.Name), strings.Join(parts, "; "))
	return found, true
}

func podPrefix(pod *corev1.Pod) string {
	return "[Pod " + pod.Namespace + "/" + pod.Name + "]: "
}

func quoted(name string) string { return strconv.Quote(name) }
