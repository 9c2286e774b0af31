using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>One server, many clients: what a slow one does to the others.</summary>
internal static class ServerExperiments
{
    private const int Others = 20, Line = 5;

    public static readonly ExperimentGroup Group = new("servers", ("One server, many clients", "一个服务器，多个客户端"),
    [
        new("one-at-a-time", ("One client at a time", "一次服务一个客户端"), OneAtATime)
        {
            Expects = ("While a slow client is being served, twenty others are connected and get nothing; when it leaves, all are served.", "服务一个慢客户端时，另外二十个已连接却得不到任何应答；它离开后，所有人都得到服务。"),
            Background = ("accept, serve, close, and again: the simplest server, and the kernel's queue makes the others wait without an error. One client that says nothing stops everybody.", "接受、服务、关闭，再来一次：最简单的服务器，内核队列让其他人无错地等待。一个不说话的客户端就能让所有人停住。"),
        },
        new("thread-each", ("A thread for each", "每个客户端一个线程"), ThreadEach)
        {
            Expects = ("Twenty are served beside the slow one, by as many threads as there are clients.", "二十个客户端与慢客户端同时得到服务，线程数与客户端数相同。"),
            Background = ("Each thread may wait for its own client. The price is a stack each (8 MiB of address space on Linux, little of it touched) and a switch for each message; some thousands are fine, a hundred thousand are not.", "每个线程可以等待自己的客户端。代价是每个线程一个栈（Linux 上占 8 MiB 地址空间，实际用得很少），以及每条消息一次切换；几千个没问题，十万个就不行了。"),
        },
        new("asynchronous", ("Asynchronous: one thread waits for all", "异步：一个线程等待所有人"), Asynchronous)
        {
            Expects = ("Twenty are served beside the slow one, by a single thread.", "二十个客户端与慢客户端同时得到服务，只用一个线程。"),
            Background = ("The kernel says which of many sockets has something (poll, epoll), and only those are read. Waiting costs no thread; in return a handler must never wait for anything else.", "内核告诉程序众多套接字中哪些有数据（poll、epoll），只读取这些。等待不占线程；相应地，处理函数不能等待任何别的东西。"),
        },
    ]);

    private static void OneAtATime(Bench bench)
    {
        var crowd = new Crowd(bench);
        Task server = Task.Factory.StartNew(() => ServeInTurn(crowd), TaskCreationOptions.LongRunning);
        crowd.Enter();
        bench.Trace.Expect(("clients that are connected", "已连接的客户端"), Others, crowd.Clients.Count(one => one.Info.State == TcpState.Established));
        bench.Trace.Expect(("clients that were served beside the slow one", "慢客户端在时得到服务的客户端"), 0, crowd.Clients.Count(one => one.HasSomething));
        crowd.Slow.Close(("the slow client leaves", "慢客户端离开"));
        bench.Trace.Expect(("clients that are served then", "此后得到服务的客户端"), Others, crowd.AwaitAnswers());
        server.GetAwaiter().GetResult();
    }

    private static void ServeInTurn(Crowd crowd)
    {
        for (int i = 0; i <= Others; i++)
        {
            using Socket one = crowd.Listener.Socket.Accept();
            Answer(one);
        }
    }

    private static void ThreadEach(Bench bench)
    {
        var crowd = new Crowd(bench);
        Task accepting = Task.Factory.StartNew(() => ServeByThreads(crowd), TaskCreationOptions.LongRunning);
        crowd.Enter();
        int served = crowd.AwaitAnswers();
        bench.Trace.Expect(("clients that were served beside the slow one", "慢客户端在时得到服务的客户端"), Others, served);
        bench.Trace.Expect(("threads that serve", "服务线程数"), Others + 1, crowd.Threads);
        crowd.Slow.Close();
        accepting.GetAwaiter().GetResult();
    }

    private static void ServeByThreads(Crowd crowd)
    {
        List<Thread> threads = [];
        for (int i = 0; i <= Others; i++)
        {
            Socket one = crowd.Listener.Socket.Accept();
            var thread = new Thread(() =>
            {
                using (one)
                {
                    Answer(one);
                }
            }) { IsBackground = true };
            threads.Add(thread);
            crowd.Threads = threads.Count;
            thread.Start();
        }
        threads.ForEach(thread => thread.Join());
    }

    private static void Asynchronous(Bench bench)
    {
        var crowd = new Crowd(bench);
        HashSet<int> used = [];
        Task serving = Task.Factory.StartNew(() => ServeByPolling(crowd, used), TaskCreationOptions.LongRunning);
        crowd.Enter();
        bench.Trace.Expect(("clients that were served beside the slow one", "慢客户端在时得到服务的客户端"), Others, crowd.AwaitAnswers());
        crowd.Slow.Close();
        serving.GetAwaiter().GetResult();
        bench.Trace.Expect(("threads that serve", "服务线程数"), 1, used.Count);
    }

    private static void ServeByPolling(Crowd crowd, HashSet<int> threads)
    {
        List<Socket> open = [crowd.Listener.Socket];
        int ended = 0;
        while (ended <= Others)
        {
            List<Socket> ready = [.. open];
            Socket.Select(ready, null, null, microSeconds: 1_000_000);
            foreach (Socket one in ready)
            {
                threads.Add(Environment.CurrentManagedThreadId);
                ended += TakeTurn(crowd, open, one) ? 1 : 0;
            }
        }
    }

    // Something is there, so nothing here waits.
    private static bool TakeTurn(Crowd crowd, List<Socket> open, Socket one)
    {
        if (one == crowd.Listener.Socket)
        {
            open.Add(one.Accept());
            return false;
        }
        Answer(one);
        open.Remove(one);
        one.Dispose();
        return true;
    }

    private static void Answer(Socket one)
    {
        byte[] line = new byte[Line];
        int got = one.Receive(line);
        if (got > 0)
        {
            one.Send(line.AsSpan(0, got));
        }
    }

    /// <summary>A slow client that connects first and says nothing, and twenty that ask.</summary>
    private sealed class Crowd
    {
        private readonly Bench _bench;

        public Crowd(Bench bench)
        {
            _bench = bench;
            Listener = bench.Listen(Lane.Server, backlog: Others + 2);
            Slow = bench.Open(Lane.Second, SocketType.Stream, ProtocolType.Tcp);
        }

        public Peer Listener { get; }

        public Peer Slow { get; }

        public List<Peer> Clients { get; } = [];

        public int Threads { get; set; }

        public void Enter()
        {
            Slow.Connect(Listener.Local, ("the slow client: it says nothing", "慢客户端：什么也不说"));
            for (int i = 0; i < Others; i++)
            {
                Socket one = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                one.Bind(_bench.AnyPort);
                one.Connect(Listener.Local);
                one.Send("hello"u8);
                Clients.Add(_bench.Adopt(Lane.Client, one));
            }
            Clients.ForEach(one => one.AwaitAcknowledged());
            _bench.Trace.Add(Lane.Client, $"{Others} × connect(); send(\"hello\")", null, ("twenty others, whose bytes have arrived", "另外二十个，它们的数据已经到达"));
        }

        public int AwaitAnswers()
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            Kernel.Until(() => Clients.All(one => one.Socket.Available == Line), "all to be answered");
            string took = string.Create(CultureInfo.InvariantCulture, $"{System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms");
            _bench.Trace.Add(Lane.Server, $"{Others} answers", took, Memory());
            return Clients.Count(one => one.Socket.Available == Line);
        }

        private static Words Memory()
        {
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            int threads = self.Threads.Count;
            return (
                $"this process: {threads} threads, {ByteSize.ToText(self.WorkingSet64, Language.English)} of memory",
                $"本进程：{threads} 个线程，内存 {ByteSize.ToText(self.WorkingSet64, Language.Chinese)}");
        }
    }
}
