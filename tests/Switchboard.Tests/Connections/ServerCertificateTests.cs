using Switchboard.Server.Connections;

namespace Switchboard.Tests.Connections;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switchboard-certificate-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_second_start_has_the_same_identity()
    {
        ServerCertificate first = ServerCertificate.OpenOrCreate(_folder.FullName, TimeProvider.System);
        ServerCertificate second = ServerCertificate.OpenOrCreate(_folder.FullName, TimeProvider.System);

        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.ChannelBinding, second.ChannelBinding);
    }

    [Fact]
    public void A_renewed_certificate_keeps_its_key_and_so_every_pin()
    {
        ServerCertificate old = ServerCertificate.OpenOrCreate(_folder.FullName, new At(DateTimeOffset.UtcNow.AddDays(-800)));
        ServerCertificate renewed = ServerCertificate.OpenOrCreate(_folder.FullName, TimeProvider.System);

        Assert.Equal(old.Fingerprint, renewed.Fingerprint);
        Assert.NotEqual(old.ChannelBinding, renewed.ChannelBinding);
        Assert.True(renewed.Expires > DateTime.Now.AddDays(700));
    }

    [Fact]
    public void The_key_is_for_its_owner_only()
    {
        ServerCertificate.OpenOrCreate(_folder.FullName, TimeProvider.System);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.FullName, "key.pem")));
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
