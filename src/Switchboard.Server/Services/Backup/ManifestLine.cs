namespace Switchboard.Server.Services.Backup;

/// <summary>Lines of the manifest as <c>sha256sum</c> writes them: two spaces between digest and name, a leading backslash where the name is escaped.</summary>
internal static class ManifestLine
{
    public static string Of(byte[] sha256, string name)
    {
        var escaped = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        return $"{(escaped == name ? "" : "\\")}{Convert.ToHexStringLower(sha256)}  {escaped}";
    }

    /// <summary>A comment, which <c>sha256sum -c</c> passes over.</summary>
    public static string Remark(string what, string name) => $"# {what}: {name.ReplaceLineEndings("?")}";
}
