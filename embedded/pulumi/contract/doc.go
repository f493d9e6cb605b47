// Package contract holds what a program may rely on when it talks to the provider: tests against a running cluster, over
// gRPC as the engine does it and through Pulumi's CLI.
//
// They need K8S_WEB_TEST_KUBECONFIG, the path of a kubeconfig, and are skipped without it: the ambient kubeconfig may lead
// anywhere. They make one namespace of their own and remove it. The pods run K8S_WEB_TEST_IMAGE, debian:trixie-slim when
// it is not set.
package contract
