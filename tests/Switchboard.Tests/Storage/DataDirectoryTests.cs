using Switchboard.Server.Storage;
using Xunit;

namespace Switchboard.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_in_it_is_for_its_owner_only()
    {
        using var data = DataDirectory.Open(Path);
        foreach (var part in new[] { Path, data.Homes, data.Partials, data.Tls, data.Run })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(part));
        }
    }

    [Fact]
    public void A_directory_that_was_open_to_others_is_closed_to_them()
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);
        using var data = DataDirectory.Open(Path);
        Assert.False(File.GetUnixFileMode(Path).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public void A_second_holder_is_refused_until_the_first_lets_go()
    {
        Assert.False(DataDirectory.IsInUse(Path));
        using (DataDirectory.Open(Path))
        {
            Assert.True(DataDirectory.IsInUse(Path));
            Assert.Equal(DataDirectoryProblem.InUse, Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Path)).Problem);
        }

        Assert.False(DataDirectory.IsInUse(Path));
        DataDirectory.Open(Path).Dispose();
    }

    [Fact]
    public void A_missing_one_is_not_made_when_it_should_be_there()
    {
        Assert.Equal(DataDirectoryProblem.Missing, Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Path, create: false)).Problem);
        Assert.False(Directory.Exists(Path));
    }

    [Fact]
    public void One_that_belongs_to_another_user_is_refused()
    {
        var foreign = "/usr";
        if (Environment.UserName == "root")
        {
            Directory.CreateDirectory(Path);
            using var chown = System.Diagnostics.Process.Start("chown", ["65534", Path]);
            chown.WaitForExit();
            foreign = Path;
        }

        Assert.Equal(DataDirectoryProblem.NotOurs, Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(foreign)).Problem);
    }
}
