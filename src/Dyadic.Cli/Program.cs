return Dyadic.Cli.Framework.CommandLine.Run(args);
