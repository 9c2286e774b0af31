using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Web;

namespace Switchboard.Tests.Web;

/// <summary>Digests and numbers as requests tell them.</summary>
public class BodiesTests
{
    private static readonly byte[] Digest = SHA256.HashData("abc"u8);
    private static readonly string Hex = Convert.ToHexStringLower(Digest);
    private static readonly string Field = $"sha-256=:{Convert.ToBase64String(Digest)}:";

    public static TheoryData<string?, string?, string?> Told => new()
    {
        { null, null, null },
        { Field, null, Hex },
        { Field.Replace("sha-256", "SHA-256", StringComparison.Ordinal), null, Hex },
        { $"md5=:AAAA:, {Field}", null, Hex },
        { Field + ", sha-512=:AAAA:", null, Hex },
        { Field, "00", Hex },
        { null, "00ff", "00ff" },
        { "md5=:AAAA:", "00ff", "00ff" },
        { "md5=:AAAA:", null, null },
    };

    public static TheoryData<string> Broken =>
    [
        "sha-256=::",
        "sha-256=:AAAA:",
        Field[..^1],
        $"sha-256=:{Convert.ToBase64String([.. Digest, 0])}:",
        $"sha-256=:{Convert.ToBase64String([.. Digest, .. Digest])}:",
        "sha-256=:not base64:",
    ];

    [Theory]
    [MemberData(nameof(Told))]
    public void A_digest_is_read_from_either_field(string? digest, string? hex, string? expected) => Assert.Equal(expected, Bodies.DigestIn(Headers(digest, hex)));

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_digest_is_refused_and_not_passed_over(string field) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => Bodies.DigestIn(Headers(field, Hex))).Code);

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("0", 0L)]
    [InlineData("-7", -7L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_number_is_read(string? text, long? number) => Assert.Equal(number, Bodies.NumberIn(text));

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("1e3")]
    [InlineData(" 1")]
    [InlineData("1,2")]
    [InlineData("0x10")]
    public void What_is_no_number_is_refused(string text) => Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => Bodies.NumberIn(text)).Code);

    private static IHeaderDictionary Headers(string? digest, string? hex)
    {
        var headers = new DefaultHttpContext().Request.Headers;
        if (digest is not null)
        {
            headers["Repr-Digest"] = digest;
        }

        if (hex is not null)
        {
            headers["X-Sha256"] = hex;
        }

        return headers;
    }
}
