namespace Switchboard.EndToEnd.Campaigns;

/// <summary>A fresh clone, an empty home and next to no environment: what a newcomer's machine has.</summary>
[Collection(OneAtATime.Name)]
public sealed class NewcomerTests
{
    [Fact]
    public async Task A_fresh_clone_builds_and_runs_with_an_empty_home()
    {
        Assert.SkipUnless(Soak.On, "skipped: downloads every package again; ./test soak does it");
        Assert.SkipUnless(Path.Exists(Path.Combine(ProgramFile.Checkout, ".git")), "skipped: not a git checkout");
        using TemporaryFolder folder = new();
        using Command clone = Command.Start(["clone", "-q", ProgramFile.Checkout, folder.At("clone")], program: "/usr/bin/git");
        (await clone.WaitAsync()).Expect(0);
        Directory.CreateDirectory(folder.At("home"));

        string path = Environment.GetEnvironmentVariable("PATH")!;
        using Command first = Command.Start(
            ["-i", "PATH=" + path, "HOME=" + folder.At("home"), folder.At("clone/switchboard"), "version"], program: "/usr/bin/env");
        CommandResult built = (await first.WaitAsync()).Expect(0);
        Assert.Contains("0.1.0", built.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("building", built.Text, StringComparison.Ordinal);
    }
}
