import type { CommandModule } from 'yargs';
import { debianMirror } from '../../../vm/image/build-options.js';
import { type BuiltImages, builtImages } from '../../../vm/uml/built-images.js';
import { exitCode } from '../../verdict/exit-code.js';
import { interruptible } from '../interrupt.js';
import { listOf } from '../scenario-options/key-option.js';
import { StepLine } from '../step-line.js';

interface BuildArguments {
  kernel: string[];
  modules: string | undefined;
  root: string;
  refresh: boolean;
  mirror: string;
  'security-mirror': string;
  json: boolean;
}

export const vmBuildCommand: CommandModule<object, BuildArguments> = {
  command: 'build',
  describe: 'Make what is missing of kernel, initramfs and root image',
  builder: (yargs) =>
    yargs
      .options({
        kernel: {
          type: 'string',
          array: true,
          nargs: 1,
          default: ['cloud'],
          describe:
            'uml (User-mode Linux), cloud or generic (f2fs and more), both of Debian 12; of another release: cloud@bullseye, generic@forky; or the path of a kernel image (bzImage). Several: several kernels',
        },
        modules: {
          type: 'string',
          requiresArg: true,
          describe:
            "a kernel image's modules: the folder with kernel/ in it, or none when all is built in; by default searched beside the image and in /lib/modules",
        },
        root: {
          type: 'string',
          default: 'auto',
          requiresArg: true,
          describe:
            'debian, or a container image that workload and checker see as their /; auto: host with uml, else debian',
        },
        refresh: {
          type: 'boolean',
          default: false,
          describe: 'take newer packages, where the archive has them; else what is cached stays',
        },
        mirror: {
          type: 'string',
          default: debianMirror.debian,
          requiresArg: true,
          describe: 'where Debian packages come from',
        },
        'security-mirror': {
          type: 'string',
          default: debianMirror.security,
          requiresArg: true,
          describe: "where Debian's security updates come from",
        },
        json: { type: 'boolean', default: false, describe: 'print the paths as JSON' },
      })
      .example('$0 vm build', "Debian's cloud kernel and root image; half a minute the first time")
      .example('$0 vm build --kernel uml', 'the kernel as an ordinary program')
      .example('$0 vm build --kernel cloud,generic,cloud@trixie', 'three kernels, one root image')
      .example(
        '$0 vm build --kernel ~/linux/arch/x86/boot/bzImage --modules ~/linux-modules',
        'your own kernel',
      )
      .example('$0 vm build --root python:3.12-slim', 'a container image for workloads')
      .example('$0 vm build --refresh', 'once in a while: newer packages'),
  handler: async (args) => {
    process.exitCode = await build(args);
  },
};

async function build(args: BuildArguments): Promise<number> {
  const line = new StepLine(process.stderr);
  const built = await interruptible(async (signal) => {
    const images: BuiltImages[] = [];
    for (const kernel of listOf(args.kernel)) {
      images.push(
        await builtImages({
          kernel,
          modules: args.modules,
          root: args.root,
          refresh: args.refresh,
          mirror: { debian: args.mirror, security: args['security-mirror'] },
          signal,
          onStep: (step) => line.show(step),
        }),
      );
    }
    return images;
  }).finally(() => line.end());
  if (built === 'interrupted') {
    process.stderr.write('interrupted; what was finished is kept\n');
    return exitCode.interrupted;
  }
  process.stdout.write(
    args.json
      ? `${JSON.stringify({ schema: 'plugpull.vm-build/1', images: built })}\n`
      : built.map(asText).join('\n'),
  );
  return exitCode.pass;
}

function asText({ kernelName, kernelRelease, kernel, initramfs, root, container }: BuiltImages): string {
  const lines = [
    `${kernelName}: Linux ${kernelRelease}`,
    `  kernel     ${kernel}`,
    ...(initramfs === undefined ? [] : [`  initramfs  ${initramfs}`]),
    `  root       ${root}`,
    ...(container ? [`  container  ${container.image}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
