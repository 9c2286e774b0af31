using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>Decides by its public key whether the server is the right one. Names, issuers and dates in the certificate say nothing here: the pin does.</summary>
internal sealed class ServerIdentity(string? pin, bool acceptAny = false)
{
    public string? Fingerprint { get; private set; }

    public byte[]? ChannelBinding { get; private set; }

    /// <summary>The certificate was seen and is not the pinned one.</summary>
    public bool Rejected { get; private set; }

    public SslClientAuthenticationOptions ToTlsOptions(string host, SslApplicationProtocol protocol) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [protocol],
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        // A certificate must not make us fetch what its extensions name.
        CertificateChainPolicy = new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust },
        RemoteCertificateValidationCallback = (_, certificate, _, _) => Check(certificate),
    };

    public RefusedException ToRefusal(ServerAddress address) => new(new Refusal(RefusalCode.ServerUntrusted)
    {
        Subject = address.ToString(),
        Detail = pin is null ? $"its fingerprint is {Fingerprint} and none is pinned" : $"its fingerprint is {Fingerprint}, pinned is {pin}",
    });

    private bool Check(X509Certificate? certificate)
    {
        if (certificate is not X509Certificate2 shown)
        {
            Rejected = true;
            return false;
        }

        Fingerprint = CertificateIdentity.Fingerprint(shown);
        ChannelBinding = CertificateIdentity.ChannelBinding(shown);
        Rejected = !(pin is null ? acceptAny : CertificateIdentity.SameFingerprint(pin, Fingerprint));
        return !Rejected;
    }
}
