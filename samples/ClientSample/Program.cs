// Sends a folder to a server, lists what stands there, and fetches it back: docs/client.md walks through it.
//   SWITCHBOARD_PASSWORD=… dotnet run --project samples/ClientSample -- HOST:PORT USER FINGERPRINT FOLDER
using Switchboard.Client;
using Switchboard.Protocol;

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: ClientSample HOST:PORT USER FINGERPRINT FOLDER, with SWITCHBOARD_PASSWORD in the environment");
    return 2;
}

var options = new ConnectOptions
{
    Address = ServerAddress.Parse(args[0]),
    User = args[1],
    Password = Environment.GetEnvironmentVariable("SWITCHBOARD_PASSWORD"),
    Fingerprint = args[2],
};

try
{
    // Files and folders: resumed, verified, and carried on by themselves when the line drops.
    await using var transfers = new Transfers(options);
    var sent = await transfers.UploadAsync(
        [args[3]], "/sample", new TransferOptions { OnFile = file => Console.WriteLine($"{file.Sha256[..12]}  {file.Path}") });
    Console.WriteLine($"sent {sent.Files} files, {sent.Bytes} bytes");

    // Requests: one method each; a list arrives as it is read.
    await using var client = await SwitchboardClient.ConnectAsync(options);
    await foreach (var entry in client.ListAsync("/sample", recursive: true))
    {
        Console.WriteLine($"{entry.Type,-6} {entry.Size,12} {entry.Path}");
    }

    var fetched = await transfers.DownloadAsync(["/sample"], args[3].TrimEnd('/') + ".copy");
    Console.WriteLine($"fetched {fetched.Files} files");
    return 0;
}
catch (RefusedException e)
{
    // One kind of error, from the server or from this side: a code that never changes, a sentence in two languages, and what to do next.
    Console.Error.WriteLine($"{e.Code.Name()}: {RefusalText.Sentence(e.Refusal, Language.English)}");
    Console.Error.WriteLine(RefusalText.Hint(e.Refusal, Language.English));
    return 1;
}
