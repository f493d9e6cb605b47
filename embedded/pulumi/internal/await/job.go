package await

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// judgeJob wants the Job complete. A failed Job never completes.
func judgeJob(now situation) verdict {
	job := typed[batchv1.Job](now.object)
	for _, condition := range job.Status.Conditions {
		if condition.Status != corev1.ConditionTrue {
			continue
		}
		switch condition.Type {
		case batchv1.JobComplete:
			return verdict{ready: true}
		case batchv1.JobFailed:
			return verdict{failed: fmt.Sprintf("[%s] %s", condition.Reason, condition.Message)}
		}
	}
	if job.Status.StartTime == nil {
		waiting := fmt.Sprintf("Waiting for Job %q to start", job.Name)
		return verdict{progress: waiting, why: []string{waiting}}
	}
	waiting := fmt.Sprintf("Waiting for Job %q to succeed (Active: %d | Succeeded: %d | Failed: %d)",
		job.Name, job.Status.Active, job.Status.Succeeded, job.Status.Failed)
	return verdict{progress: waiting, why: []string{waiting}}
}
