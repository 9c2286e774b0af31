using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Switchboard.Protocol;

/// <summary>What a certificate says about who is on the other end: the pin people compare, and the value a login is bound to.</summary>
public static class CertificateIdentity
{
    private const string Prefix = "SHA256:";

    /// <summary>
    /// <c>SHA256:</c> and unpadded Base64 of the digest of the SubjectPublicKeyInfo. It names the key and not the certificate,
    /// so a renewed certificate with the same key keeps its pin (RFC 7469, section 2.4).
    /// </summary>
    public static string Fingerprint(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        byte[] digest = SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        return Prefix + Convert.ToBase64String(digest).TrimEnd('=');
    }

    /// <summary>Compares two fingerprints as people write them: the prefix and padding may be missing.</summary>
    public static bool SameFingerprint(string left, string right) => string.Equals(Bare(left), Bare(right), StringComparison.Ordinal);

    /// <summary>
    /// The <c>tls-server-end-point</c> channel binding: the certificate's digest by the hash of its own signature,
    /// SHA-256 where that is MD5, SHA-1 or unknown (RFC 5929, section 4.1).
    /// </summary>
    public static byte[] ChannelBinding(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.SignatureAlgorithm.Value switch
        {
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
            _ => SHA256.HashData(certificate.RawDataMemory.Span),
        };
    }

    private static string Bare(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        string text = fingerprint.Trim();
        return (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : text).TrimEnd('=');
    }
}
