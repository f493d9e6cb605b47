// Package java has the one type of pulumi-java that the docker-build provider names to describe its Java package.
// No registry serves the module itself, and nothing that the provider does at run time reads the values.
package java

// PackageInfo describes a provider's generated Java package.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}
