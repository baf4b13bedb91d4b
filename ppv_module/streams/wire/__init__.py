"""What a media server sends and is answered, in JSON and in XML: tolerant of form, strict about everything else."""
