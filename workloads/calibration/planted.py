"""The planted bug: acked without any fsync, so a power cut right after the ack loses it."""
with open('lost', 'w') as file:
    file.write('promised and lost\n' * 400)
print('kept lost')
