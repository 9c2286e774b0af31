using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public sealed class ProfileStoreTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void The_first_profile_is_the_default_until_another_is_chosen()
    {
        var store = new ProfileStore(scratch.At("config"));
        Assert.Null(store.Find());
        store.Save(Profile("home"));
        store.Save(Profile("work"));
        Assert.Equal("home", store.DefaultName);
        store.SetDefault("work");
        Assert.Equal("work", new ProfileStore(scratch.At("config")).Find()!.Name);
        Assert.True(store.Remove("work"));
        Assert.False(store.Remove("work"));
        Assert.Equal("home", store.DefaultName);
        Assert.Equal(RefusalCode.NotFound, Assert.Throws<RefusedException>(() => store.SetDefault("work")).Code);
    }

    [Fact]
    public void Nobody_but_the_owner_may_read_what_is_kept()
    {
        var store = new ProfileStore(scratch.At("config"));
        store.Save(Profile("home"));
        _ = store.DeviceId;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(scratch.At("config")));
        Assert.All(Directory.GetFiles(scratch.At("config")), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void The_device_keeps_its_id()
    {
        var id = new ProfileStore(scratch.At("config")).DeviceId;
        Assert.Matches("^[A-Za-z0-9_-]{1,64}$", id);
        Assert.Equal(id, new ProfileStore(scratch.At("config")).DeviceId);
        Assert.NotEqual(id, new ProfileStore(scratch.At("other")).DeviceId);
    }

    [Fact]
    public void Changes_of_many_at_once_are_all_kept()
    {
        Parallel.For(0, 20, i => new ProfileStore(scratch.At("config")).Save(Profile($"p{i}")));
        Assert.Equal(20, new ProfileStore(scratch.At("config")).List().Count);
    }

    [Fact]
    public void A_pinned_profile_never_connects_in_plain()
    {
        var options = (Profile("home") with { Fingerprint = "SHA256:x", Insecure = true }).ToOptions();
        Assert.False(options.Insecure);
    }

    [Fact]
    public void A_profile_shows_its_token_to_no_log() => Assert.DoesNotContain("sbt_", Profile("home").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public void A_name_that_cannot_be_typed_is_refused(string name) =>
        Assert.Equal(RefusalCode.BadName, Assert.Throws<RefusedException>(() => new ProfileStore(scratch.At("config")).Save(Profile(name))).Code);

    private static Profile Profile(string name) => new() { Name = name, Address = "host:1", User = "ada", Token = "sbt_id_secret" };
}
