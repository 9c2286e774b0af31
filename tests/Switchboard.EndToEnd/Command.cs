using System.Diagnostics;
using System.Text;

namespace Switchboard.EndToEnd;

/// <summary>What a finished command left behind.</summary>
/// <param name="ExitCode">As a shell would see it: 128 + signal after a signal.</param>
public sealed record CommandResult(int ExitCode, byte[] Output, string Error)
{
    /// <summary>Standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Fails the test with what the command said, unless it ended with <paramref name="exitCode"/>.</summary>
    public CommandResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}\nstdout: {Text}\nstderr: {Error}");
        return this;
    }
}

/// <summary>One run of a program as a person would start it: arguments, environment, standard input; outputs are collected whole.</summary>
public sealed class Command : IDisposable
{
    /// <summary>A command that takes longer hangs; it is killed and the test fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly StringBuilder _errorSoFar = new();
    private readonly Task _error;

    private Command(Process process, byte[] input)
    {
        _process = process;
        _output = ReadAllAsync(process.StandardOutput.BaseStream);
        _error = ReadErrorAsync(process.StandardError);
        _ = FeedAsync(process, input);
    }

    public int Pid => _process.Id;
    public bool HasExited => _process.HasExited;

    /// <summary>What the program wrote to standard error until now.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (_errorSoFar)
            {
                return _errorSoFar.ToString();
            }
        }
    }

    /// <summary>Runs <c>switchboard</c> to its end. A null value in <paramref name="environment"/> removes the variable.</summary>
    public static Task<CommandResult> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string input = "")
        => Start(arguments, environment, Encoding.UTF8.GetBytes(input)).WaitAsync();

    /// <summary>Starts <c>switchboard</c> (or <paramref name="program"/>) and returns at once.</summary>
    public static Command Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, byte[]? input = null, string? program = null)
    {
        ProcessStartInfo start = new(program ?? ProgramFile.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        SetEnvironment(start, environment);
        return new Command(Process.Start(start)!, input ?? []);
    }

    /// <summary>Waits for the end; kills the command and fails when <see cref="Limit"/> has passed.</summary>
    public async Task<CommandResult> WaitAsync()
    {
        using CancellationTokenSource late = new(Limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Kill9();
            Assert.Fail($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end within {Limit}; stderr: {ErrorSoFar}");
        }

        await _error;
        return new CommandResult(_process.ExitCode, await _output, ErrorSoFar);
    }

    public void Kill9() => Signals.Send(_process, 9);

    public void Terminate() => Signals.Send(_process, 15);

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt() => Signals.Send(_process, 2);

    public void Dispose()
    {
        Kill9();
        _process.Dispose();
    }

    /// <summary>The tests' own settings must not reach the program; what a person sees is asked for in English.</summary>
    internal static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string?>? environment)
    {
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("SWITCHBOARD_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private async Task ReadErrorAsync(StreamReader error)
    {
        char[] buffer = new char[1024];
        int got;
        while ((got = await error.ReadAsync(buffer)) > 0)
        {
            lock (_errorSoFar)
            {
                _errorSoFar.Append(buffer, 0, got);
            }
        }
    }

    private static async Task FeedAsync(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input; its exit code tells the rest.
            Debug.WriteLine("standard input was not read");
        }
    }
}
