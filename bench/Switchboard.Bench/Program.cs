using System.Globalization;
using BenchmarkDotNet.Running;
using Switchboard.Bench;

// BenchmarkDotNet builds and starts a process per benchmark; --quick measures here and now, in seconds; warm-run is a client.
if (args is ["--quick", "services", ..])
    await QuickServices.RunAsync();
else if (args is ["--quick", ..])
    QuickFraming.Run();
else if (args is ["fair-share", var at, var who, var print, var time])
    await FairShare.RunAsync(at, who, print, int.Parse(time, CultureInfo.InvariantCulture));
else if (args is ["chat-load", ..])
    await ChatLoad.RunAsync(args[1..]);
else if (args is ["warm-run", var address, var user, var fingerprint, var count])
    await WarmRun.RunAsync(address, user, fingerprint, int.Parse(count, CultureInfo.InvariantCulture));
else
    BenchmarkSwitcher.FromAssembly(typeof(FramingBenchmarks).Assembly).Run(args);
