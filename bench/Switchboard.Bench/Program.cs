using BenchmarkDotNet.Running;
using Switchboard.Bench;

// BenchmarkDotNet builds and starts a process per benchmark; --quick measures here and now, in seconds.
if (args is ["--quick", "services", ..])
    await QuickServices.RunAsync();
else if (args is ["--quick", ..])
    QuickFraming.Run();
else
    BenchmarkSwitcher.FromAssembly(typeof(FramingBenchmarks).Assembly).Run(args);
