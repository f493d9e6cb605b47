// Package codegen has the one type of pulumi-dotnet that the docker-build provider names to describe its .NET package.
// No registry serves the module itself, and nothing that the provider does at run time reads the values.
package codegen

// CSharpPackageInfo describes a provider's generated .NET package.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}
