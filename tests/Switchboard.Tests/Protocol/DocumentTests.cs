using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Services.Commands;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;
using Xunit;

namespace Switchboard.Tests.Protocol;

/// <summary>docs/protocol.md says what the code does, field by field.</summary>
public class DocumentTests
{
    // Where one frame type answers different things, or a table describes no frame, the heading says so.
    private static readonly Dictionary<Type, string> Headings = new()
    {
        [typeof(Done)] = "`ok` (done)",
        [typeof(HelloAnswer)] = "`ok` (hello)",
        [typeof(LoginAnswer)] = "`ok` (login)",
        [typeof(StatAnswer)] = "`ok` (stat)",
        [typeof(UsageAnswer)] = "`ok` (usage)",
        [typeof(SpaceAnswer)] = "`ok` (space)",
        [typeof(VerifyAnswer)] = "`ok` (verify)",
        [typeof(BinRestoreAnswer)] = "`ok` (restored)",
        [typeof(BinEntry)] = "Item: removed",
        [typeof(ShareAnswer)] = "`ok` (share)",
        [typeof(ShareEntry)] = "Item: share",
        [typeof(StoredAnswer)] = "`ok` (stored)",
        [typeof(TokenAnswer)] = "`ok` (token)",
        [typeof(JobExit)] = "`ok` (exit)",
        [typeof(JobAnswer)] = "`ok` (job)",
        [typeof(DatagramAnswer)] = "`ok` (datagram)",
        [typeof(PostAnswer)] = "`ok` (post)",
        [typeof(Entry)] = "Item: entry",
        [typeof(JobEntry)] = "Item: job",
        [typeof(RoomEntry)] = "Item: room",
        [typeof(PresentEntry)] = "Item: present",
        [typeof(HistoryEntry)] = "Item: message",
        [typeof(UploadEntry)] = "Item: upload",
        [typeof(AccountEntry)] = "Item: account",
        [typeof(TokenEntry)] = "Item: token",
        [typeof(AuditEntry)] = "Item: audit",
        [typeof(Verifier)] = "Object: verifier",
    };

    private static IEnumerable<Type> MessageKinds => typeof(Message).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Message)));

    public static TheoryData<Type> Described { get; } = [.. MessageKinds.Union(Headings.Keys)];

    [Theory]
    [MemberData(nameof(Described))]
    public void Every_field_is_described_with_its_type_and_whether_it_is_always_given(Type type)
    {
        var expected = Fields(type).Order(StringComparer.Ordinal);
        var section = ProtocolDocument.Current.Section(HeadingOf(type));
        var told = section.Rows.Skip(1).Select(row => $"{row[0].Trim('`')} {row[1]} {row[2]}");
        Assert.Equal(expected, told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_frame_type_is_described_that_does_not_exist()
    {
        var known = Described.Select(row => HeadingOf(row.Data)).ToHashSet();
        var told = ProtocolDocument.Current.Sections.Select(section => section.Heading)
            .Where(heading => heading.StartsWith('`') || heading.StartsWith("Item: ", StringComparison.Ordinal) || heading.StartsWith("Object: ", StringComparison.Ordinal));
        Assert.Equal(known.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_server_hears_what_is_described_as_sent_by_a_client()
    {
        var verbs = Switchboard.Server.Doors.Native.NativeVerbs.Table.Keys;
        Assert.Equal(MessageTypes.Requests.Union(MessageTypes.WithinJob).Union(MessageTypes.WithinChat).Union(MessageTypes.WithinWatch).Union(["hello", "auth", "data", "commit"]).Order(StringComparer.Ordinal), verbs.Order(StringComparer.Ordinal));
        var text = File.ReadAllText(ProtocolDocument.At("docs", "protocol.md"));
        Assert.All(verbs, verb => Assert.Matches($"### `{verb}`\n\n(Client|Both)[.,]", text));
        Assert.All(MessageTypes.All.Except(verbs).Except(["ok"]), type => Assert.Matches($"### `{type}`\n\nServer[.,]", text));
    }

    [Fact]
    public void Every_code_is_described_with_what_it_does_to_the_connection_and_its_exit_code()
    {
        var expected = Enum.GetValues<RefusalCode>().Select(code => $"{code.Name()} {(code.EndsConnection() ? "ends" : "goes on")} {code.ExitCode()}");
        var told = ProtocolDocument.Current.Section("13. Errors").ByName.Select(row => $"{row.Key} {row.Value[2]} {row.Value[3]}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Limits_are_those_of_the_code()
    {
        var server = new ServerOptions { Data = "/" };
        var files = new FilesOptions { Homes = "/", Partials = "/" };
        var shares = new SharesOptions();
        Dictionary<string, string> expected = new()
        {
            ["header of a frame"] = $"{FrameLimits.Default.MaxHeader:N0} bytes",
            ["payload of `put`"] = $"{FilesOptions.PutLimit:N0} bytes",
            ["leaf"] = $"{FilesOptions.LeafSize:N0} bytes",
            ["unfinished uploads of an account"] = $"{files.UploadsPerAccount:N0}",
            ["an unfinished upload is kept"] = $"{server.PartialExpiry.TotalDays} days",
            ["a removed file can be put back"] = $"{server.Bin.TotalDays} days",
            ["entries of an account's bin"] = $"{files.BinEntries:N0}",
            ["links of an account"] = $"{shares.PerAccount:N0}",
            ["a link opens"] = $"{shares.Lifetime.TotalDays} days, {shares.LongestLifetime.TotalDays} at most",
            ["an upload link takes"] = $"{shares.Files:N0} files, {shares.Bytes:N0} bytes",
            ["name"] = $"{RemotePath.NameLimit:N0} bytes",
            ["path"] = $"{RemotePath.PathLimit:N0} bytes",
            ["names in a path"] = $"{RemotePath.DepthLimit:N0}",
            ["SCRAM message"] = $"{Scram.LongestMessage:N0} characters",
            ["iterations a client accepts"] = $"{Scram.MaxIterations:N0}",
            ["iterations a client accepts for a password"] = $"{Scram.MinPasswordIterations:N0} at least",
            ["iterations of a password's verifier"] = $"{Scram.PasswordIterations:N0}",
            ["texts of `run`"] = $"{CommandsOptions.ArgumentBytes:N0} bytes in all, {CommandsOptions.LongestArgument:N0} each",
            ["input on its way"] = $"{CommandsOptions.InputWindow:N0} bytes",
            ["log of a job"] = $"{server.Commands.LogBytes:N0} bytes",
            ["a lost reader is waited for"] = $"{server.Commands.ReaderGrace.TotalMinutes} min",
            ["jobs of an account that run at once"] = $"{server.Commands.MaxJobsPerAccount:N0}",
            ["jobs that run at once"] = $"{server.Commands.MaxJobs:N0}",
            ["ended jobs of an account that are kept"] = $"{server.Commands.KeptJobs:N0}, for {server.Commands.KeptFor.TotalDays} day",
            ["time to log in"] = $"{server.LoginTimeout.TotalSeconds} s",
            ["idle time"] = $"{server.IdleTimeout.TotalMinutes} min",
            ["connections"] = $"{server.MaxConnections:N0}",
            ["connections of one address"] = $"{server.MaxConnectionsPerAddress:N0}",
            ["users at once"] = $"{server.MaxUsers:N0}",
        };
        var told = ProtocolDocument.Current.Section("14. Limits").ByName;
        Assert.All(expected, limit => Assert.Equal(limit.Value, told[limit.Key.Trim('`')][1]));
        Assert.Equal(server.PartialExpiry, files.PartialLifetime);
        Assert.Equal(server.Bin, files.BinLifetime);
    }

    [Fact]
    public void Examples_of_conversations_hold_known_frames_with_known_fields_and_whole_payloads()
    {
        var lines = ProtocolDocument.Current.Blocks.Where(block => block.Info == "conversation").SelectMany(block => block.Lines).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, CheckExample);
    }

    [Fact]
    public void The_client_shown_is_the_client_that_is_run_and_it_is_short()
    {
        var shown = Assert.Single(ProtocolDocument.Current.Blocks, block => block.Info == "python").Lines;
        var file = File.ReadAllLines(ProtocolDocument.At("docs", "client.py"));
        Assert.Equal(file, shown);
        Assert.InRange(file.Length, 1, 79);
    }

    [Fact]
    public void The_table_of_contents_names_every_chapter()
    {
        var text = File.ReadAllText(ProtocolDocument.At("docs", "protocol.md"));
        var chapters = ProtocolDocument.Current.Sections.Select(section => section.Heading).Where(heading => heading.Length > 2 && char.IsDigit(heading[0]) && !char.IsDigit(heading[heading.IndexOf('.', StringComparison.Ordinal) + 1]));
        Assert.All(chapters, heading => Assert.Contains($"[{heading[(heading.IndexOf(' ', StringComparison.Ordinal) + 1)..]}](#{Anchor(heading)})", text, StringComparison.Ordinal));
    }

    private static void CheckExample(string line)
    {
        Assert.Matches("^[CS] \\{.*\\}( \\+ [0-9]+ bytes)?$", line);
        var header = JsonNode.Parse(line[2..(line.LastIndexOf('}') + 1)])!.AsObject();
        var size = header["size"]?.GetValue<long>();
        Assert.EndsWith(size is null ? "}" : $"}} + {size} bytes", line, StringComparison.Ordinal);
        var fields = header.Select(field => field.Key).Except(["type", "id", "size"]).ToList();
        var kinds = MessageKinds.Where(kind => TypeOf(kind) == header["type"]!.GetValue<string>());
        Assert.Contains(kinds, kind => IsOf(kind, fields) && JsonSerializer.Deserialize(header.ToJsonString(), kind, ProtocolJson.Default) is not null);
    }

    private static bool IsOf(Type kind, List<string> fields)
    {
        var known = Fields(kind).Select(field => field.Split(' ')).ToList();
        return fields.All(field => known.Any(one => one[0] == field)) && known.Where(one => one[^1] == "always").All(one => fields.Contains(one[0]));
    }

    private static string TypeOf(Type kind) => ((Message)RuntimeHelpers.GetUninitializedObject(kind)).Type;

    private static string HeadingOf(Type type) => Headings.TryGetValue(type, out var heading) ? heading : $"`{TypeOf(type)}`";

    private static IEnumerable<string> Fields(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => type.IsSubclassOf(typeof(Message)) ? property.Name is not ("Type" or "Id" or "Size") : property.Name != "EqualityContract")
        .Select(property => $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)} {Kind(property.PropertyType)} {(IsOptional(property) ? "optional" : "always")}");

    private static bool IsOptional(PropertyInfo property) => new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(string) => "text",
        var t when t == typeof(string[]) => "list of text",
        var t when t == typeof(UploadEntry[]) => "list of upload",
        var t when t == typeof(int) || t == typeof(long) => "integer",
        var t when t == typeof(double) => "number",
        var t when t == typeof(bool) => "boolean",
        var t => t.Name.ToLowerInvariant(),
    };

    private static string Anchor(string heading) => heading.ToLowerInvariant().Replace(".", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal).Replace(' ', '-');
}
