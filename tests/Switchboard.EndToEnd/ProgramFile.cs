using System.Diagnostics;

namespace Switchboard.EndToEnd;

/// <summary>Finds the checkout and the built program that the tests drive.</summary>
public static class ProgramFile
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>The program: <c>SWITCHBOARD_BIN</c>, or what <c>./switchboard</c> builds and would run.</summary>
    public static string Path => Found.Value;

    /// <summary>The root of the checkout the tests were built from.</summary>
    public static string Checkout { get; } = FindCheckout();

    private static string Find()
    {
        string? named = Environment.GetEnvironmentVariable("SWITCHBOARD_BIN");
        return string.IsNullOrEmpty(named) ? AskLauncher() : named;
    }

    private static string AskLauncher()
    {
        ProcessStartInfo start = new(System.IO.Path.Combine(Checkout, "switchboard")) { RedirectStandardOutput = true };
        start.Environment["SWITCHBOARD_LAUNCHER"] = "path";
        using Process launcher = Process.Start(start)!;
        string path = launcher.StandardOutput.ReadToEnd().Trim();
        launcher.WaitForExit();
        return launcher.ExitCode == 0 ? path : throw new InvalidOperationException("./switchboard did not build; see its output.");
    }

    private static string FindCheckout()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Switchboard.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"No Switchboard.slnx above {AppContext.BaseDirectory}.");
    }
}
