using System.Diagnostics;
using System.Text;

namespace Switchboard.EndToEnd.Net;

/// <summary>One python3 for all questions of a test: they are written while the answers are read, so neither pipe fills.</summary>
internal static class Oracle
{
    public static string? Python { get; } = Find("python3");

    public static string? Getent { get; } = Find("getent");

    public static async Task<string[]> AskAsync(IReadOnlyList<string> questions)
    {
        string script = Path.Combine(ProgramFile.Checkout, "tests", "Switchboard.EndToEnd", "Net", "oracle.py");
        ProcessStartInfo start = new(Python!, ["-X", "utf8", script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process python = Process.Start(start)!;
        Task writing = WriteAsync(python.StandardInput, questions);
        List<string> answers = [];
        while (await python.StandardOutput.ReadLineAsync() is { } answer)
        {
            answers.Add(answer);
        }
        await writing;
        await python.WaitForExitAsync();
        Assert.Equal((0, questions.Count), (python.ExitCode, answers.Count));
        return [.. answers];
    }

    /// <summary>The lines of <c>getent DATABASE KEY…</c>, asked in portions that fit a command line; what is not found has none.</summary>
    public static async Task<List<string>> GetentAsync(string database, IReadOnlyList<string> keys)
    {
        List<string> lines = [];
        foreach (string[] portion in keys.Chunk(500))
        {
            using Command getent = Command.Start([database, .. portion], program: Getent);
            lines.AddRange((await getent.WaitAsync()).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        return lines;
    }

    private static async Task WriteAsync(StreamWriter input, IReadOnlyList<string> questions)
    {
        StringBuilder all = new();
        foreach (string question in questions)
        {
            all.Append(question).Append('\n');
        }
        await input.WriteAsync(all);
        input.Close();
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
