using System.Security.Cryptography;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Random passwords that can be read aloud and typed.</summary>
public static class GeneratedPassword
{
    // Without i, l, o, 0 and 1: 31 characters are 4.95 bits each, 20 of them 99 bits.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Four groups of five, such as <c>kx3fm-…</c>.</summary>
    public static string Create() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 5)));
}
