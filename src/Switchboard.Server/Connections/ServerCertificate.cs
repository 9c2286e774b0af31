using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>
/// The server's key and certificate. Its own is made at first start and renewed with the same key, so pins hold
/// (a pin names the key, see <see cref="CertificateIdentity.Fingerprint"/>); an operator's own is read from PEM files.
/// </summary>
public sealed class ServerCertificate
{
    /// <summary>The longest validity that current browsers accept for a certificate a user installs.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromDays(825);

    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(60);

    private ServerCertificate(X509Certificate2 certificate, X509Certificate2Collection? chain)
    {
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        Fingerprint = CertificateIdentity.Fingerprint(certificate);
        ChannelBinding = CertificateIdentity.ChannelBinding(certificate);
        Expires = certificate.NotAfter;
    }

    public SslStreamCertificateContext Context { get; }

    public string Fingerprint { get; }

    /// <summary><c>tls-server-end-point</c> data, to which a login under this certificate is bound.</summary>
    public byte[] ChannelBinding { get; }

    public DateTime Expires { get; }

    /// <summary>Reads an operator's PEM files.</summary>
    public static ServerCertificate Read(string certificateFile, string keyFile)
    {
        X509Certificate2Collection all = [];
        all.ImportFromPemFile(certificateFile);
        return new ServerCertificate(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), all.Count > 1 ? [.. all.Skip(1)] : null);
    }

    /// <summary>Reads the certificate in <paramref name="folder"/>, making or renewing it where needed.</summary>
    public static ServerCertificate OpenOrCreate(string folder, TimeProvider clock)
    {
        string certificateFile = Path.Combine(folder, "cert.pem");
        string keyFile = Path.Combine(folder, "key.pem");
        DateTimeOffset now = clock.GetUtcNow();
        using ECDsa key = OpenOrCreateKey(keyFile);
        if (!File.Exists(certificateFile) || EndsBefore(certificateFile, now + RenewBefore))
        {
            using X509Certificate2 made = SelfSign(key, now);
            WriteWhole(certificateFile, made.ExportCertificatePem());
        }

        return Read(certificateFile, keyFile);
    }

    private static bool EndsBefore(string certificateFile, DateTimeOffset limit)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile));
        return certificate.NotAfter.ToUniversalTime() < limit.UtcDateTime;
    }

    private static ECDsa OpenOrCreateKey(string keyFile)
    {
        if (File.Exists(keyFile))
        {
            ECDsa key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(keyFile));
            return key;
        }

        // P-256: about 600 handshakes a second with both ends on two cores, and every TLS 1.3 client has it.
        ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteWhole(keyFile, made.ExportPkcs8PrivateKeyPem());
        return made;
    }

    private static X509Certificate2 SelfSign(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Switchboard", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names().Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request.CreateSelfSigned(now.AddDays(-1), now + Validity);
    }

    /// <summary>The names and addresses a browser on this network may use for us.</summary>
    private static SubjectAlternativeNameBuilder Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (!string.Equals(Environment.MachineName, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            names.AddDnsName(Environment.MachineName);
        }

        foreach (IPAddress address in LocalAddresses())
        {
            names.AddIpAddress(address);
        }

        return names;
    }

    private static IEnumerable<IPAddress> LocalAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork || !address.IsIPv6LinkLocal)
            .Distinct();

    /// <summary>Under a temporary name first: a crash leaves the old file or the new one, and the key is never readable by others.</summary>
    private static void WriteWhole(string path, string text)
    {
        string temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
