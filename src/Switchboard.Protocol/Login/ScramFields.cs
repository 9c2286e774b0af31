using System.Diagnostics.CodeAnalysis;

namespace Switchboard.Protocol;

/// <summary>The <c>x=value</c> fields of a SCRAM message, taken from front to back: their order is fixed (RFC 5802, section 5.1).</summary>
internal sealed class ScramFields
{
    private string rest;

    private ScramFields(string message) => rest = message.Length <= Scram.LongestMessage ? message : "";

    internal static ScramFields Of(string message) => new(message);

    /// <summary>What was not taken yet.</summary>
    internal string Rest => rest;

    /// <summary>Takes the next field if it has this name. A mandatory extension (<c>m=</c>) is never asked for, so it fails as it must.</summary>
    internal bool TryTake(char name, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (rest.Length < 2 || rest[0] != name || rest[1] != '=')
        {
            return false;
        }
        var end = rest.IndexOf(',', StringComparison.Ordinal);
        value = end < 0 ? rest[2..] : rest[2..end];
        rest = end < 0 ? "" : rest[(end + 1)..];
        return true;
    }
}
