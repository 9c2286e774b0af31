namespace Switchboard.EndToEnd.Ftp;

/// <summary>FTP clients other people wrote, as they are installed here.</summary>
internal static class ClientPrograms
{
    public static string? Find(string name) => Commands.Programs.Find(name);

    /// <summary>Runs a client to its end; skips the test, saying so, where the client is not installed.</summary>
    public static async Task<CommandResult> RunAsync(string name, string input, params string[] arguments)
    {
        using Command command = Start(name, input, arguments);
        return await command.WaitAsync();
    }

    /// <summary>Starts a client and returns at once.</summary>
    public static Command Start(string name, string input, params string[] arguments)
    {
        string? program = Find(name);
        Assert.SkipUnless(program is not null, $"skipped: {name} is not installed");
        return Command.Start(arguments, Surroundings, System.Text.Encoding.UTF8.GetBytes(input), program);
    }

    // Nothing of the person who runs the tests is read: no ~/.netrc, ~/.lftprc, rclone.conf.
    private static Dictionary<string, string?> Surroundings => new()
    {
        ["HOME"] = "/nonexistent",
        ["XDG_CONFIG_HOME"] = "/nonexistent",
        ["RCLONE_CONFIG"] = "/dev/null",
        ["PYTHONUTF8"] = "1",
        ["PYENV_ROOT"] = Environment.GetEnvironmentVariable("PYENV_ROOT"),
    };
}
